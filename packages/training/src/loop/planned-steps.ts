/**
 * Runs steps and evaluations by plans, if the loss supports them. A step that no plan supports is reported
 * once, and runs by tfjs's ops.
 */
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { flattenParams } from '@unrolled/cells';
import {
  type ParameterUpdate,
  type PlanBatch,
  type PlannedParameter,
  type PlannedStep,
  type StepPlanner,
  tellFallback,
} from '@unrolled/kernels';
import { isBuiltInOptimizer, type Optimizer } from './optimizer';
import { type PlannedLoss, plannedLossOf } from './planned-loss';
import type { Trainable } from './update';

type StateRecord = Readonly<Record<string, Tensor>>;

/** The inputs of a step besides its batch and state. */
export interface StepSettings extends Pick<PlannedStep, 'seed' | 'check' | 'averages'> {
  readonly update: ParameterUpdate;
}

export class PlannedSteps {
  private state: unknown;
  private stateRecord: StateRecord | undefined;

  private constructor(
    private readonly scope: string,
    private readonly loss: PlannedLoss,
    private readonly planner: StepPlanner,
  ) {}

  /** Undefined if the loss is not known to plans, or the optimizer is not one of this package. */
  static of(scope: string, lossOf: object, optimizer?: Optimizer): PlannedSteps | undefined {
    const loss = plannedLossOf(lossOf);
    const own = optimizer && !isBuiltInOptimizer(optimizer);
    const planner = own ? 'a user-defined optimizer' : loss?.planner();
    if (!loss || planner === undefined) tell(scope, 'a user-defined lossOf, rather than that of modelLoss');
    else if (typeof planner === 'string') tell(scope, planner);
    else return new PlannedSteps(scope, loss, planner);
    return undefined;
  }

  /** The results of the step; undefined if no plan supports it, in which case nothing has been changed. */
  step(
    batch: unknown,
    state: unknown,
    parameters: readonly PlannedParameter[],
    settings: StepSettings,
  ): { loss: number; gradientNorm: number } | undefined {
    const given = this.loss.batchOf(batch);
    const result =
      given && this.planner.step({ batch: given, state: this.recordOf(state), parameters, ...settings });
    if (!result) this.tellWhy(given);
    return result;
  }

  /** The loss; the state is updated in place. Undefined if no plan supports the batch. */
  evaluate(batch: unknown, state: unknown, parameters: readonly PlannedParameter[]): number | undefined {
    const given = this.loss.batchOf(batch);
    const result = given && this.planner.evaluate({ batch: given, state: this.recordOf(state), parameters });
    if (result === undefined) this.tellWhy(given);
    return result;
  }

  dispose(): void {
    this.planner.dispose();
  }

  private tellWhy(given: PlanBatch | undefined): void {
    tell(this.scope, given ? this.planner.reason : 'a batch that plans do not support');
  }

  private recordOf(state: unknown): StateRecord | undefined {
    if (state === undefined) return undefined;
    if (state !== this.state) {
      this.state = state;
      this.stateRecord = flattenParams(state);
    }
    return this.stateRecord;
  }
}

/** Parameters to train, in a planner's form. */
export function trainedParameters(
  trainables: readonly Trainable[],
  optimizer: Optimizer,
): PlannedParameter[] {
  return trainables.map(({ path, variable, slots }) => ({
    path,
    variable,
    slots: optimizer.slots.map((name) => slots[name] as Variable),
  }));
}

/** Parameters that do not change, in a planner's form. */
export function fixedParameters(params: unknown): PlannedParameter[] {
  return Object.entries(flattenParams(params)).map(([path, variable]) => ({ path, variable, slots: [] }));
}

function tell(scope: string, reason: string): void {
  const message = `[unrolled/training] ${scope}: steps run op by op, with the same results: ${reason}`;
  tellFallback({
    caller: scope,
    passedOver: 'the plan of a step',
    reasons: [reason],
    message,
    isOrdinary: true,
  });
}
