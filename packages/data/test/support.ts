/** The message of the UnrolledError that `run` throws; anything else fails the test. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return unrolledMessage(error);
  }
  throw new Error('expected an UnrolledError, nothing was thrown');
}

/** As `messageOf`, for a promise. */
export async function rejectionOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => {
    throw new Error('expected an UnrolledError, the promise was fulfilled');
  }, unrolledMessage);
}

function unrolledMessage(error: unknown): string {
  if (error instanceof Error && error.name === 'UnrolledError')
    return error.message.replace(/^\[unrolled\/data\] /, '');
  throw error;
}

export const pad = (value: number, width = 2) => String(value).padStart(width, '0');

/** A CSV of dates under a name, and of a price. */
export const csvOf = (name: string, dates: readonly string[]) =>
  [`${name},px`, ...dates.map((date, at) => `"${date}",${100 + (at % 7)}`)].join('\n');
