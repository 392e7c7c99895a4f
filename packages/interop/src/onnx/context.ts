import type { Graph } from './graph';

/** The context that every part of a model needs while it is written into a graph. */
export interface ExportContext {
  readonly graph: Graph;
  /** The whole model's parameters. */
  readonly params: unknown;
  /** The value `lengths` [B], where the graph reads it. */
  readonly lengths: string | undefined;
  /** Whether states come in and go out. */
  readonly state: boolean;
  /** Where the states after the last step are kept by their paths, [B, n], instead of going out. */
  readonly finals?: Map<string, string>;
  readonly idType: 'int32' | 'int64';
}

/** Where a part stands: in the parameters, in the state, and in which direction it runs. */
export interface Place {
  readonly path: string;
  readonly statePath: string;
  readonly reverse: boolean;
}
