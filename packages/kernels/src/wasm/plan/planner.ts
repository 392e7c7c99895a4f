/**
 * Runs the steps of a model by plans. A plan is made for each batch shape at its first occurrence, and kept
 * during one run. If no plan supports a batch, the caller runs the step by tfjs's ops, with the same results.
 */
import { getBackend, backend as tfBackend, util, type Variable } from '@tensorflow/tfjs-core';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import type { Engine } from '../engine/engine';
import { bindAll, Followed, isPlanFor, planShape } from './binding';
import type { PlanCall, PlannedStep } from './plan-call';
import { type PlanModel, parametersOfModel } from './plan-model';
import { type PlanShape, StepPlan } from './step-plan';

/** Number of batch shapes whose plans are kept; shapes of ragged batches repeat. */
const MOST_PLANS = 16;

export class StepPlanner {
  private readonly arena = { address: 0, bytes: 0 };
  /** The plans, most recently used first. */
  private plans: StepPlan[] = [];
  /** Buffer of the engine's memory. */
  private followed = new Followed();
  private engine: Engine | undefined;
  /** State of the engine when the plans were made. */
  private runtime = 0;
  private threads = 0;

  /** The reason why the last call was not planned. */
  reason = '';

  constructor(private readonly model: PlanModel) {}

  /** A training step. Undefined if no plan supports it; nothing has been changed in that case. */
  step(call: PlannedStep): { loss: number; gradientNorm: number } | undefined {
    const plan = this.prepared(call, true);
    if (!plan) return undefined;
    const loss = plan.run(call.seed);
    call.check('loss', loss);
    const gradientNorm = plan.gradientNorm();
    call.check('gradient norm', gradientNorm);
    plan.update(call.update, gradientNorm);
    if (call.averages) this.average(call);
    this.carryOn(plan);
    return { loss, gradientNorm };
  }

  /** The loss of a batch, without gradient and dropout; undefined if no plan supports it. */
  evaluate(call: PlanCall): number | undefined {
    const plan = this.prepared(call, false);
    if (!plan) return undefined;
    const loss = plan.run(0);
    this.carryOn(plan);
    return loss;
  }

  /** Frees all memory; the next step allocates it again. */
  dispose(): void {
    const { engine } = this;
    if (!engine) return;
    for (const plan of this.plans) plan.dispose();
    if (this.arena.bytes > 0) engine.release(this.arena.address);
    this.plans = [];
    this.arena.bytes = 0;
  }

  /** A plan for the batch, with all of its inputs set. */
  private prepared(call: PlanCall, training: boolean): StepPlan | undefined {
    this.reason = `the backend '${getBackend()}'`;
    if (getBackend() !== 'unrolled') return undefined;
    this.reason = 'a batch or parameters that plans do not support';
    const backend = tfBackend() as UnrolledBackend;
    const { engine } = backend;
    const { runtimeNumber, threads } = engine;
    if (engine !== this.engine || runtimeNumber !== this.runtime || threads !== this.threads) {
      this.dispose();
      // The same tensors may have moved to another memory.
      if (engine !== this.engine) this.followed = new Followed();
      Object.assign(this, { engine, runtime: runtimeNumber, threads });
    }
    const plan = this.planFor(engine, call, training);
    return plan && bindAll(backend, plan, this.model, call, this.followed) ? plan : undefined;
  }

  private planFor(engine: Engine, call: PlanCall, training: boolean): StepPlan | undefined {
    const { plans } = this;
    if (plans[0] && isPlanFor(plans[0].shape, call, training)) return plans[0];
    const place = plans.findIndex((plan) => isPlanFor(plan.shape, call, training));
    const shape = place > 0 ? undefined : planShape(this.model, call, training);
    const found = place > 0 ? plans.splice(place, 1)[0] : shape && this.makePlan(engine, shape, call);
    if (found) this.plans.unshift(found);
    return found;
  }

  private makePlan(engine: Engine, shape: PlanShape, { parameters }: PlanCall): StepPlan | undefined {
    const expected = new Map(parametersOfModel(this.model));
    const fits = parameters.every(({ path, variable }) =>
      util.arraysEqual(variable.shape, expected.get(path) as number[]),
    );
    if (!fits || parameters.length !== expected.size) return undefined;
    if (this.plans.length >= MOST_PLANS) this.plans.pop()!.dispose();
    const slots = shape.training ? parameters[0]!.slots.length : undefined;
    const of = parameters.map(({ path, variable }) => ({ path, shape: variable.shape }));
    return new StepPlan(engine, this.model, of, shape, slots, (bytes) => this.arenaOf(engine, bytes));
  }

  /** Memory of `bytes` bytes for a step. If it must grow, the plans that use it are dropped. */
  private arenaOf(engine: Engine, bytes: number): number {
    const { arena } = this;
    if (bytes > arena.bytes) {
      this.dispose();
      arena.address = engine.allocate(bytes, 'the memory of a training step');
      arena.bytes = bytes;
    }
    return arena.address;
  }

  /** a ← a + share·(p − a), rounded as tfjs's ops round. */
  private average({ averages, parameters }: PlannedStep): void {
    const backend = tfBackend() as UnrolledBackend;
    const share = Math.fround(averages!.share);
    averages!.variables.forEach((variable, n) => {
      const to = this.followed.own(backend, variable) / 4;
      const { float32 } = backend.engine;
      const from = this.followed.own(backend, parameters[n]!.variable as Variable) / 4 - to;
      const end = to + variable.size;
      for (let i = to; i < end; i++) {
        const a = float32[i]!;
        float32[i] = a + Math.fround(share * Math.fround(float32[i + from]! - a));
      }
    });
  }

  /** Carries the state after the last step on to the next call. */
  private carryOn({ tensors }: StepPlan): void {
    const { float32 } = this.engine!;
    for (const { before, after, address } of tensors.states.values()) {
      const from = after!.address / 4;
      float32.copyWithin(address / 4, from, from + before.shape[0]! * before.shape[1]!);
    }
  }
}
