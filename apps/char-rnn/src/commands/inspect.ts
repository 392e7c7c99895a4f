import { Command } from 'commander';
import { activationsCommand } from './inspect-activations';
import { gradientsCommand } from './inspect-gradients';

/** `char-rnn inspect`: plots of models. */
export function inspectCommand(): Command {
  const whole = new Command('inspect').description(
    'Shows gradients and activations of models, in tables and plots.',
  );
  whole.addCommand(gradientsCommand());
  whole.addCommand(activationsCommand());
  return whole;
}
