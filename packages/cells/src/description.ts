/**
 * What a part is made of, as data: for whatever stores its weights in another framework's form or writes it as a graph.
 * `P` is the type of the parts inside.
 */
import type { Activation, ActivationName } from './activations';

/** The description of one part; a part of a user's own has none. */
export type PartDescription<P> = LeafDescription | WrapperDescription<P>;

/** A part that holds the weights itself, or has none. */
export type LeafDescription =
  | {
      readonly kind: 'simpleRnn';
      readonly units: number;
      readonly activation: Activation | ActivationName;
    }
  | {
      readonly kind: 'lstm';
      readonly units: number;
      readonly activation: Activation | ActivationName;
      readonly recurrentActivation: Activation | ActivationName;
      readonly peepholes: boolean;
      readonly cellClip: number | undefined;
      readonly projection: number | undefined;
      readonly projectionClip: number | undefined;
    }
  | {
      readonly kind: 'gru';
      readonly units: number;
      readonly activation: Activation | ActivationName;
      readonly recurrentActivation: Activation | ActivationName;
      readonly variant: 'reset-after' | 'reset-before';
    }
  | {
      readonly kind: 'dense';
      readonly units: number;
      readonly activation: Activation | ActivationName;
      readonly useBias: boolean;
    }
  | { readonly kind: 'embedding' }
  | { readonly kind: 'dropout' };

/** A part made of others. The last three have the parameters and the state of the one part inside. */
type WrapperDescription<P> =
  | { readonly kind: 'stack'; readonly parts: readonly P[] }
  | { readonly kind: 'bidirectional'; readonly forward: P; readonly backward: P }
  | { readonly kind: 'tiedEmbedding'; readonly body: P }
  | { readonly kind: 'residual' | 'lastOutput' | 'dropoutWrapper'; readonly part: P };
