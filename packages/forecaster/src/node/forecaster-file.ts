import { loadModels, saveModels } from '@unrolled/training/node';
import type { Forecaster, ForecasterData } from '../forecaster/forecaster';
import { forecasterFrom, modelSetOf } from '../forecaster/forecaster-file';

/**
 * Writes a forecaster's file, whole or not at all; {@link loadForecaster} and `decodeForecaster` read it.
 *
 * @throws UnrolledError when the folder is missing, full or not writable
 */
export async function saveForecaster(path: string, forecaster: ForecasterData): Promise<void> {
  await saveModels(path, modelSetOf(forecaster));
}

/**
 * Reads a forecaster's file, as `decodeForecaster` does its bytes.
 *
 * @throws UnrolledError as `decodeForecaster`, and when there is no such file
 */
export async function loadForecaster(path: string): Promise<Forecaster> {
  return forecasterFrom(await loadModels(path));
}
