/**
 * Types of examples: those that import the same packages make one program, in which no other package's types
 * are.
 */
import path from 'node:path';
import ts from 'typescript';
import { type Example, root } from './examples';

/**
 * The compiler's errors of each example, by its id; empty where there are none.
 *
 * @param changes options of the compiler in JSON, in the place of the repository's and Node's types
 */
export function typeErrors(examples: readonly Example[], changes: object = {}): Map<string, string[]> {
  const options = compilerOptions(changes);
  const host = cachingHost(options, examples);
  const errors = new Map<string, string[]>();
  const groups = new Map<string, Example[]>();
  for (const example of examples) {
    const key = example.packages.join(' ');
    groups.set(key, [...(groups.get(key) ?? []), example]);
  }
  for (const group of groups.values()) {
    const program = ts.createProgram({ rootNames: group.map(fileOf), options, host });
    for (const example of group) {
      const file = program.getSourceFile(fileOf(example))!;
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      errors.set(example.id, found.map(inWords));
    }
  }
  return errors;
}

/** The type assertions of an example, `as const` apart. */
export function castsOf(code: string): string[] {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type)) found.push(node.getText(file));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Where an example seems to be: a place from which every package of the repository is found. */
const fileOf = ({ id }: Example) => path.join(root, 'tests', `${id}.example.ts`);

function compilerOptions(changes: object): ts.CompilerOptions {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const own = { types: ['node'], noUnusedLocals: false, noUnusedParameters: false };
  const compilerOptions = { ...config.compilerOptions, ...own, ...changes };
  return ts.parseJsonConfigFileContent({ ...config, compilerOptions }, ts.sys, root).options;
}

/** Reads each file once for all programs; the examples are in memory. */
function cachingHost(options: ts.CompilerOptions, examples: readonly Example[]): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const sources = new Map(examples.map((example) => [fileOf(example), example.code]));
  const files = new Map<string, ts.SourceFile | undefined>();
  const found = new Map<string, boolean>();
  const remembered = <T>(known: Map<string, T>, key: string, find: () => T): T => {
    if (!known.has(key)) known.set(key, find());
    return known.get(key)!;
  };
  const resolutions = ts.createModuleResolutionCache(root, (name) => name, options);
  return {
    ...host,
    fileExists: (name) => sources.has(name) || remembered(found, name, () => host.fileExists(name)),
    readFile: (name) => sources.get(name) ?? host.readFile(name),
    getSourceFile: (name, ...rest) =>
      remembered(files, name, () => {
        const code = sources.get(name);
        return code === undefined
          ? host.getSourceFile(name, ...rest)
          : ts.createSourceFile(name, code, rest[0], true);
      }),
    getModuleResolutionCache: () => resolutions,
  };
}

function inWords({ file, start = 0, messageText }: ts.Diagnostic): string {
  const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
  return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
