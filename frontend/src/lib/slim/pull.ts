/** lodash.pull as far as dcrf-client uses it: takes one value out of an array, in place. */
export default function pull<T>(array: T[], value: T): T[] {
  const at = array.indexOf(value);
  if (at >= 0) array.splice(at, 1);
  return array;
}
