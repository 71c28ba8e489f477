// A Nest CLI compiler plugin: makes the example import the workspace packages from the sources
// compiled beside it, whether or not libs/*/dist exists.
//
// The CLI rewrites `paths` aliases itself, but not in `import()`, and not when the alias also
// resolves as an installed package: once libs/*/dist has been built, the example would run that
// build, old as it may be.
import { dirname, posix } from 'node:path';
import ts from 'typescript';

/**
 * @param {unknown} _options
 * @param {ts.Program} program
 * @returns {ts.TransformerFactory<ts.SourceFile>}
 */
export function before(_options, program) {
  const { paths = {}, pathsBasePath } = program.getCompilerOptions();
  const base = typeof pathsBasePath === 'string' ? pathsBasePath : process.cwd();

  /** @param {string} file @param {ts.Expression | undefined} specifier */
  function emittedSpecifier(file, specifier) {
    const target =
      specifier && ts.isStringLiteral(specifier) ? paths[specifier.text]?.[0] : undefined;
    if (!target) return undefined;
    const relative = posix.relative(dirname(file), posix.join(base, target));
    const js = relative.replace(/\.ts$/, '.js');
    return ts.factory.createStringLiteral(js.startsWith('.') ? js : `./${js}`);
  }

  return (context) => (sourceFile) => {
    /** @type {ts.Visitor} */
    const visit = (node) => {
      const { factory } = context;
      if (ts.isImportDeclaration(node)) {
        const to = emittedSpecifier(sourceFile.fileName, node.moduleSpecifier);
        if (!to) return node;
        const { modifiers, importClause, attributes } = node;
        return factory.updateImportDeclaration(node, modifiers, importClause, to, attributes);
      }
      if (ts.isExportDeclaration(node)) {
        const to = emittedSpecifier(sourceFile.fileName, node.moduleSpecifier);
        if (!to) return node;
        const { modifiers, isTypeOnly, exportClause, attributes } = node;
        return factory.updateExportDeclaration(
          node,
          modifiers,
          isTypeOnly,
          exportClause,
          to,
          attributes,
        );
      }
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
        const to = emittedSpecifier(sourceFile.fileName, node.arguments[0]);
        if (to) return factory.updateCallExpression(node, node.expression, undefined, [to]);
      }
      return ts.visitEachChild(node, visit, context);
    };
    return ts.visitEachChild(sourceFile, visit, context);
  };
}
