/** A CSV of prices and its forecast, which a separate Worker computes. */
import { signal } from '@preact/signals';
import type { Forecast } from '../messages';
import { words } from '../words';
import { Model } from './model';
import { setView } from './session';

/** Maximum size of a file of prices. */
const MOST_MEGABYTES = 16;

export const forecast = signal<Forecast | undefined>(undefined);
export const refusal = signal<string | undefined>(undefined);
export const isForecasting = signal(false);

export async function forecastPrices(csv: string): Promise<void> {
  if (isForecasting.value) return;
  isForecasting.value = true;
  refusal.value = undefined;
  const worker = new Model();
  try {
    forecast.value = await worker.ask('forecast', { csv, threads: 1 });
  } catch (error) {
    forecast.value = undefined;
    refusal.value = (error as Error).message;
  } finally {
    worker.close();
    isForecasting.value = false;
  }
}

/** Whether a file contains prices, by its name. */
export const isOfPrices = ({ name }: File) => /\.[ct]sv$/i.test(name);

/** Opens the view of prices with a file. */
export async function openPrices(file: File): Promise<void> {
  setView('prices');
  refusal.value = undefined;
  if (file.size > MOST_MEGABYTES * 2 ** 20) refusal.value = words.value.tooLarge(MOST_MEGABYTES);
  else {
    const csv = await file.text().catch(() => undefined);
    if (csv === undefined) refusal.value = words.value.unreadable(file.name);
    else await forecastPrices(csv);
  }
}
