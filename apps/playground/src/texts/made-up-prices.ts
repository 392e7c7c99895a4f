import { uniforms } from './random';

/** Made-up prices as a CSV: a random walk with a slow wave, which a network can partly predict. */
export function madeUpPrices(): string {
  const uniform = uniforms(11);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const lines = ['date,close'];
  let price = 100;
  for (let day = 0; day < 600; day++) {
    price *= Math.exp(0.012 * normal() + 0.006 * Math.sin(day / 9));
    const date = new Date(Date.UTC(2022, 0, 3 + Math.floor(day / 5) * 7 + (day % 5)));
    lines.push(`${date.toISOString().slice(0, 10)},${price.toFixed(2)}`);
  }
  return `${lines.join('\n')}\n`;
}
