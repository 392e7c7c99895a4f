/**
 * AssemblyScript marks functions that it must inline with a decorator, `@inline function f`, which is no
 * TypeScript grammar: formatters, linters and tsc stop there. The sources carry the doc tag `@inline`
 * instead, and this transform of the compiler gives each function so tagged its decorator, after parsing.
 *
 *     await asc.main(arguments, { transforms: [inlineTags] });
 */
import { Node, NodeKind } from 'assemblyscript';

const TAG = /\s@inline\b/;
const DOC_COMMENTS = /\/\*\*[\s\S]*?\*\//g;

/** The doc comment that ends where `position` begins, with white space between; empty where none does. */
function docCommentBefore(text, position) {
  const before = text.slice(0, position).trimEnd();
  return before.endsWith('*/') ? before.slice(before.lastIndexOf('/*')) : '';
}

export const inlineTags = {
  afterParse(parser) {
    // The standard library has decorators of its own.
    for (const source of parser.sources.filter(({ isLibrary }) => !isLibrary)) {
      const tagged = source.statements.filter(
        ({ kind, range }) =>
          kind === NodeKind.FunctionDeclaration && TAG.test(docCommentBefore(source.text, range.start)),
      );
      for (const declaration of tagged) {
        const { range } = declaration.name;
        const decorator = Node.createDecorator(Node.createIdentifierExpression('inline', range), null, range);
        declaration.decorators = [...(declaration.decorators ?? []), decorator];
      }
      // A tag above anything but a function would promise what is not done.
      const tags = (source.text.match(DOC_COMMENTS) ?? []).filter((comment) => TAG.test(comment)).length;
      if (tags !== tagged.length)
        throw new Error(
          `${source.normalizedPath}: ${tags} @inline tags, ${tagged.length} of them above a function`,
        );
    }
  },
};
