// Numbers, bytes and times as they are shown everywhere.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const clockFormat = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const minuteFormat = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayFormat = new Intl.DateTimeFormat('en', { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

const known = (format) => (value) => (value === null || value === undefined ? '–' : format(value));

/** So many, in full. */
export const count = known((value) => whole.format(value));

/** A rate or another number that is small at times: three digits or so. */
export const amount = known((value) => (Math.abs(value) >= 100 ? whole : Math.abs(value) >= 10 ? oneDigit : twoDigits).format(value));

const steps = (units, base) => known((value) => {
  let unit = 0;
  let scaled = value;
  while (Math.abs(scaled) >= base && unit < units.length - 1) {
    scaled /= base;
    unit++;
  }

  return `${amount(scaled)}${units[unit]}`;
});

/** Short, for an axis: 1.2k. */
export const short = steps(['', 'k', 'M', 'G', 'T'], 1000);

export const bytes = steps([' B', ' KiB', ' MiB', ' GiB', ' TiB'], 1024);

export const milliseconds = known((seconds) => `${amount(seconds * 1000)} ms`);

/** Seconds, in the two largest units. */
export const duration = known((seconds) => {
  const total = Math.max(0, Math.round(seconds));
  const parts = [[Math.floor(total / 86400), 'd'], [Math.floor(total / 3600) % 24, 'h'], [Math.floor(total / 60) % 60, 'min'], [total % 60, 's']];
  const first = parts.findIndex(([value]) => value > 0);
  return first < 0 ? '0 s' : parts.slice(first, first + 2).filter(([value]) => value > 0).map(([value, unit]) => `${value} ${unit}`).join(' ');
});

/** The time of day, of milliseconds. */
export const clock = (at) => clockFormat.format(at);

export const minute = (at) => minuteFormat.format(at);

/** A day and its time, of a text such as JSON has. */
export const day = known((text) => dayFormat.format(new Date(text)));

export const secondsSince = (text) => (Date.now() - Date.parse(text)) / 1000;

/** "1 socket", "2 sockets". */
export const plural = (number, word) => `${count(number)} ${word}${number === 1 ? '' : 's'}`;
