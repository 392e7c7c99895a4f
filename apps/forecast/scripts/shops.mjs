// node apps/forecast/scripts/shops.mjs FILE [--shops 50] [--days 400]: writes made-up sales of shops in two
// regions, with a weekly season, a slow trend of each shop, noise, and promotions of three days that are
// known two weeks ahead and raise a day's sales by half. The README's table is for the default file.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { shops: { type: 'string', default: '50' }, days: { type: 'string', default: '400' } },
});
const [shops, days] = [Number(values.shops), Number(values.days)];
const AHEAD = 14;
const WEEK = [0.9, 0.85, 0.9, 1, 1.2, 1.35, 0.8];

let state = 1;
function uniform() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}
const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

const rows = ['shop,day,sold,promotion,region'];
for (let shop = 0; shop < shops; shop++) {
  let level = 40 + 160 * uniform();
  let left = 0;
  for (let day = 0; day < days + AHEAD; day++) {
    left = left > 0 ? left - 1 : uniform() < 0.06 ? 2 : 0;
    const promotion = Number(left > 0);
    level *= 1 + 0.004 * normal();
    const sold = level * WEEK[day % 7] * (1 + 0.5 * promotion) * (1 + 0.08 * normal());
    const date = new Date(Date.UTC(2025, 0, 1 + day)).toISOString().slice(0, 10);
    const known = day < days ? Math.max(0, Math.round(sold)) : '';
    rows.push([`shop ${shop + 1}`, date, known, promotion, shop % 3 === 0 ? 'coast' : 'city'].join());
  }
}
writeFileSync(positionals[0] ?? 'shops.csv', `${rows.join('\n')}\n`);
