// Axes that people can read: round steps, and room above the highest value.

/** Round values from 0 to the first that is not below the highest: three to five of them. */
export function ticksUpTo(highest, base = 10) {
  const wanted = Math.max(highest, 1e-9) / 3;
  const power = base ** Math.floor(Math.log(wanted) / Math.log(base));
  const step = (base === 10 ? [1, 2, 5, 10] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]).map((factor) => factor * power).find((size) => size >= wanted * 0.999);
  return Array.from({ length: Math.max(1, Math.ceil(highest / step - 1e-9)) + 1 }, (_, index) => index * step);
}

/** The full minutes that a time axis has marks at, in milliseconds. */
export function minutesBetween(from, to, every) {
  const size = every * 60000;
  const marks = [];
  for (let at = Math.ceil(from / size) * size; at <= to; at += size) {
    marks.push(at);
  }

  return marks;
}
