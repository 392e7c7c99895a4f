import type { Graph } from './graph';

/** The data that every part needs while a model is written into a graph. */
export interface ExportContext {
  readonly graph: Graph;
  /** The parameters of the whole model. */
  readonly params: unknown;
  /** The value `lengths` [B], if the graph has this input. */
  readonly lengths: string | undefined;
  /** Whether the graph has inputs and outputs for states. */
  readonly state: boolean;
  /** Collects the states after the last step [B, n] by their paths, instead of making them outputs. */
  readonly finals?: Map<string, string>;
  readonly idType: 'int32' | 'int64';
}

/** The position of a part: its paths in the parameters and the state, and its direction. */
export interface Place {
  readonly path: string;
  readonly statePath: string;
  readonly reverse: boolean;
}
