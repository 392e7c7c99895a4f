import { loadModels, saveModels } from '@unrolled/training/node';
import type { Forecaster, ForecasterData } from '../forecaster/forecaster';
import { forecasterFrom, modelSetOf } from '../forecaster/forecaster-file';
import { checkKind } from '../refuse';

/**
 * Writes a forecaster's file atomically. {@link loadForecaster} and `decodeForecaster` read it.
 *
 * @throws UnrolledError if the folder is missing or not writable, or the disk is full
 */
export async function saveForecaster(path: string, forecaster: ForecasterData): Promise<void> {
  checkKind('saveForecaster', 'path', path, 'string');
  checkKind('saveForecaster', 'forecaster', forecaster, 'object');
  await saveModels(path, modelSetOf(forecaster));
}

/**
 * Reads a forecaster's file.
 *
 * @throws UnrolledError as `decodeForecaster`, and if there is no such file
 */
export async function loadForecaster(path: string): Promise<Forecaster> {
  checkKind('loadForecaster', 'path', path, 'string');
  return forecasterFrom(await loadModels(path));
}
