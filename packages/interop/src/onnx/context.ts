import type { Graph } from './graph';

/** The data that every part of a model needs while it is written into a graph. */
export interface ExportContext {
  readonly graph: Graph;
  /** The whole model's parameters. */
  readonly params: unknown;
  /** The value `lengths` [B], where the graph reads it. */
  readonly lengths: string | undefined;
  /** Whether states come in and go out. */
  readonly state: boolean;
  /** Collects the states after the last step by their paths, [B, n], instead of as outputs. */
  readonly finals?: Map<string, string>;
  readonly idType: 'int32' | 'int64';
}

/** The position of a part: in the parameters, in the state, and its direction. */
export interface Place {
  readonly path: string;
  readonly statePath: string;
  readonly reverse: boolean;
}
