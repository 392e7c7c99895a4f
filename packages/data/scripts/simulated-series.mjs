// Series for findings-power.mjs: quiet ones, without a fault, and faults that change prices. Each is a
// function of random draws.

/** A seeded stream of draws: mulberry32, the Box–Muller transform, Student's t. */
export function drawsOf(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const student = (degrees) => {
    let squares = 0;
    for (let i = 0; i < degrees; i++) squares += normal() ** 2;
    // Scaled to a standard deviation of 1.
    return (normal() / Math.sqrt(squares / degrees)) * Math.sqrt((degrees - 2) / degrees);
  };
  return { uniform, normal, student, below: (count) => Math.floor(uniform() * count) };
}

export const ROWS = 600;

const digits = (value, count) => Number(value.toFixed(count));

/** A day's date, by its number. */
export const dateOf = (day) => new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10);

const dated = (columns) => ({ columns, dates: columns.Close.map((_, day) => dateOf(day)) });

/** Closes from log changes. */
function closes(change, { rows = ROWS, start = 100 } = {}) {
  let log = Math.log(start);
  return Array.from({ length: rows }, (_, row) => {
    log += change(row);
    return digits(Math.exp(log), 4);
  });
}

const one = (change, options) => (draws) => dated({ Close: closes(change(draws), options) });

/**
 * Open, high, low, close and volume. Some days have news: a gap of up to half the price, and about ten times
 * the volume.
 */
export function bars({ volatility = 0.015, news = 0, halfDays = 0 } = {}) {
  return (draws) => {
    let [close, usual] = [100, 1e6];
    const columns = { Open: [], High: [], Low: [], Close: [], Volume: [] };
    for (let row = 0; row < ROWS; row++) {
      const isNews = draws.uniform() < news;
      const gap = isNews ? 0.25 * draws.normal() : 0.4 * volatility * draws.normal();
      const open = close * Math.exp(gap);
      close = open * Math.exp(volatility * draws.normal());
      columns.Open.push(digits(open, 2));
      columns.Close.push(digits(close, 2));
      columns.High.push(digits(Math.max(open, close) * Math.exp(0.3 * volatility * draws.uniform()), 2));
      columns.Low.push(digits(Math.min(open, close) * Math.exp(-0.3 * volatility * draws.uniform()), 2));
      usual *= Math.exp(0.02 * draws.normal());
      const size = isNews ? 8 + 8 * draws.uniform() : draws.uniform() < halfDays ? 0.35 : 1;
      columns.Volume.push(Math.round(usual * size * Math.exp(0.3 * draws.normal())));
    }
    return dated(columns);
  };
}

function garch({ normal }) {
  let variance = 2e-4;
  let last = 0;
  return () => {
    variance = 2e-6 + 0.1 * last ** 2 + 0.89 * variance;
    last = Math.sqrt(variance) * normal();
    return last;
  };
}

function smooth({ normal }) {
  let [level, speed] = [100, 0];
  const Close = Array.from({ length: ROWS }, () => {
    speed = 0.97 * speed + 0.05 * normal();
    level += speed;
    return level;
  });
  const Twice = Close.map((value) => 2 * value + 1 + 0.01 * normal());
  const Average = Close.map((_, row) => {
    const last = Close.slice(Math.max(0, row - 4), row + 1);
    return last.reduce((sum, value) => sum + value) / last.length;
  });
  return dated({ Close, Twice, Average });
}

/** Series without a fault: any finding is a false alarm. */
export const QUIET = {
  'walk, 1 % a day': one(
    ({ normal }) =>
      () =>
        0.01 * normal(),
  ),
  'walk, 4 % a day': one(
    ({ normal }) =>
      () =>
        0.04 * normal(),
  ),
  'GARCH(1,1), 1.4 % a day': one(garch),
  'Student t, 3 degrees, 2 %': one(
    ({ student }) =>
      () =>
        0.02 * student(3),
  ),
  'Student t, 4 degrees, 10 % (crypto)': one(
    ({ student }) =>
      () =>
        0.1 * student(4),
    { start: 1 },
  ),
  'real jumps: 1 % of days, 10 %': one(
    ({ normal, uniform }) =>
      () =>
        0.01 * normal() + (uniform() < 0.01 ? 0.1 * normal() : 0),
  ),
  'regime change: 1 %, then 5 %': one(
    ({ normal }) =>
      (row) =>
        (row < ROWS / 2 ? 0.01 : 0.05) * normal(),
  ),
  'crash of 15 to 40 %, then 4 % a day': one(({ normal, uniform }) => {
    const crash = Math.log(0.85 - 0.25 * uniform());
    return (row) => (row < 300 ? 0.01 : row === 300 ? 0 : 0.04) * normal() + (row === 300 ? crash : 0);
  }),
  'bars, 1.5 % a day': bars(),
  'bars with news of 25 %': bars({ news: 0.01 }),
  'bars with half days': bars({ halfDays: 0.02 }),
  'penny stock, ticks of 0.01': ({ normal }) => {
    let price = 0.05;
    const Close = Array.from({ length: ROWS }, () => {
      if (normal() > 0.8) price = Math.max(0.01, digits(price + 0.01 * Math.sign(normal()), 2));
      return price;
    });
    return dated({ Close });
  },
  'interest rate that comes to 0.00': ({ normal }) => {
    let rate = 1;
    const Close = Array.from({ length: ROWS }, () => {
      rate = Math.abs(rate + 0.03 * normal());
      return digits(rate, 2);
    });
    return dated({ Close });
  },
  'policy rate in steps of 0.25': ({ normal, below }) => {
    let rate = 2;
    const Close = Array.from({ length: ROWS }, () => {
      if (below(30) === 0) rate = Math.max(0.25, rate + 0.25 * Math.sign(normal()));
      return rate;
    });
    return dated({ Close });
  },
  'temperature, below 0 in winter': ({ normal }) => {
    let weather = 0;
    const Close = Array.from({ length: ROWS }, (_, row) => {
      weather = 0.7 * weather + 2.5 * normal();
      return digits(9 - 11 * Math.cos(row / 58) + weather, 1);
    });
    return dated({ Close });
  },
  'spread around 0': ({ normal }) => {
    let spread = 0;
    const Close = Array.from({ length: ROWS }, () => {
      spread = 0.95 * spread + normal();
      return digits(spread, 2);
    });
    return dated({ Close });
  },
  'oil: one day at −37 in a crash': ({ normal }) => {
    const Close = closes(
      (row) => (row < 500 ? 0.02 : 0.08) * normal() - (row > 500 && row < 530 ? 0.03 : 0),
      { start: 55 },
    );
    Close[530] = digits(-2 * Close[529], 2);
    return dated({ Close });
  },
  'closes filled over weekends': ({ normal }) =>
    dated({ Close: closes((row) => (row % 7 > 4 ? 0 : 0.01 * normal())) }),
  'straight line 1 … 600': () => dated({ Close: Array.from({ length: ROWS }, (_, row) => row + 1) }),
  'sine, 30 rows a period, with noise': ({ normal }) =>
    dated({ Close: Array.from({ length: ROWS }, (_, row) => 100 + 10 * Math.sin(row / 4.77) + normal()) }),
  'smooth target, its average and its double': smooth,
};

const at = (draws, margin = 60) => margin + draws.below(ROWS - 2 * margin);
const prices = ['Open', 'High', 'Low', 'Close'];

/** Multiplies prices in some rows. */
function scaled({ columns, dates }, first, last, factor) {
  const change = (column) =>
    column.map((value, row) => (row >= first && row <= last ? digits(value * factor, 4) : value));
  return {
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, column]) => [
        name,
        prices.includes(name) ? change(column) : column,
      ]),
    ),
    dates,
  };
}

const rowFactor = (factor, length = 1) => ({
  kind: 'price-factor',
  put: (table, draws) => {
    const first = at(draws);
    return { ...scaled(table, first, first + length - 1, factor), first };
  },
});

const levelFactor = (factor) => ({
  kind: 'price-level',
  put: (table, draws) => {
    const first = at(draws);
    return { ...scaled(table, first, ROWS, factor), first };
  },
});

const filler = (value, length) => ({
  kind: 'no-price',
  put: ({ columns, dates }, draws) => {
    const first = at(draws);
    const put = (column) =>
      column.map((price, row) => (row >= first && row < first + length ? value : price));
    return { columns: { ...columns, Close: put(columns.Close) }, dates, first };
  },
});

/** Replaces some rows by others. @param source returns the row that replaces a row */
const copied = (source) => ({
  kind: 'repeated-rows',
  put: ({ columns, dates }, draws) => {
    const from = source(at(draws));
    const move = (column) => column.map((_, row) => column[from(row)]);
    return {
      columns: Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, move(column)])),
      dates,
    };
  },
});

/** A column made from the closes, their next log changes, and random draws. */
const leak = (make) => ({
  kind: 'leaking-column',
  put: ({ columns, dates }, draws) => {
    const { Close } = columns;
    const change = Close.map((value, row) =>
      Close[row + 1] === undefined ? 0 : Math.log(Close[row + 1] / value),
    );
    const usual = Math.sqrt(change.reduce((sum, value) => sum + value ** 2, 0) / ROWS);
    return {
      columns: { ...columns, Signal: Close.map((_, row) => make({ Close, change, usual, row, draws })) },
      dates,
    };
  },
});

/**
 * Faults by name: the kind of finding that is required, the largest volatility at which it is required
 * (default 2 %), and a function that puts the fault into prices.
 */
export const FAULTS = {
  'one row × 100': rowFactor(100),
  'one row × 10': rowFactor(10),
  'one row ÷ 100': rowFactor(0.01),
  'five rows × 100': rowFactor(100, 5),
  'pounds, then pence: × 100': levelFactor(100),
  'pence, then pounds: ÷ 100': levelFactor(0.01),
  'split 10:1': levelFactor(1 / 10),
  'split 7:1': levelFactor(1 / 7),
  'split 3:1': levelFactor(1 / 3),
  'split 2:1': levelFactor(1 / 2),
  'split 3:2': levelFactor(2 / 3),
  'split 5:4': { ...levelFactor(4 / 5), upTo: 0.01 },
  'reverse split 1:8': levelFactor(8),
  'closes of 0 for three days': filler(0, 3),
  'closes of −1 for three days': filler(-1, 3),
  'closes of 9999 for three days': filler(9999, 3),
  'each row twice': copied(() => (row) => row >> 1),
  'ten rows pasted again': copied((first) => (row) => (row >= first && row < first + 10 ? row - 20 : row)),
  'one price for eight rows': copied((first) => (row) => (row >= first && row < first + 8 ? first : row)),
  'leak: the next close': leak(({ Close, row }) => Close[row + 1] ?? Close[row]),
  'leak: the next change with noise': leak(
    ({ change, usual, row, draws }) => change[row] + 0.25 * usual * draws.normal(),
  ),
  'leak: the next direction, 0 or 1': leak(({ change, row }) => Number(change[row] > 0)),
  'leak: a price with the next change in it': leak(
    ({ Close, row }) => 3 * (Close[row + 1] ?? Close[row]) + 20,
  ),
  'leak: the change three rows ahead': leak(({ change, row }) => 100 * (change[row + 2] ?? 0)),
};
