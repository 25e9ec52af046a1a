"""Results for those who read: lines on the terminal, tables and pictures in docs/performance.md."""
