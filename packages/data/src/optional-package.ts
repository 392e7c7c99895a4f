import { refuse } from './refuse';

/** Loads an optional package, which programs that need it install themselves. */
export async function optionalPackage<M>(scope: string, name: string, load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    const expected = `the package ${name}, which reads this format, to be installed`;
    refuse(scope, { expected, got: 'none', remedy: `run npm install ${name}`, code: 'unsupported' }, error);
  }
}
