/** lodash.ismatch as far as dcrf-client uses it: plain JSON objects. The original weighs 6 kB. */
export default function isMatch(value: unknown, selector: unknown): boolean {
  if (typeof selector !== "object" || selector === null) return value === selector;
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(selector).every(([key, part]) =>
    isMatch((value as Record<string, unknown>)[key], part),
  );
}
