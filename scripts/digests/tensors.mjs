// Trees of tensors, such as parameters, inputs and states, and gradients with respect to all their tensors.

/** The tensors of a tree, in its own order. */
export const tensorsOf = ({ cells }, tree) => Object.values(cells.flattenParams(tree));

/** A tree of the same form with every tensor replaced by `change(tensor)`. */
export function mapTensors(tf, tree, change) {
  if (tree instanceof tf.Tensor) return change(tree);
  if (Array.isArray(tree)) return tree.map((child) => mapTensors(tf, child, change));
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([, child]) => child !== undefined)
      .map(([key, child]) => [key, mapTensors(tf, child, change)]),
  );
}

/**
 * A scalar and its gradients with respect to every float tensor of a tree; zeros if it does not depend on
 * one.
 */
export function gradientsOf({ tf }, tree, lossOf) {
  const variables = [];
  const own = mapTensors(tf, tree, (tensor) => {
    if (tensor.dtype === 'int32') return tensor;
    variables.push(tf.variable(tensor));
    return variables.at(-1);
  });
  const { value, grads } = tf.variableGrads(() => lossOf(own), variables);
  const gradients = variables.map(({ name, shape }) => grads[name] ?? tf.zeros(shape));
  for (const variable of variables) variable.dispose();
  return { value, gradients };
}
