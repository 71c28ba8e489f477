import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Titles of the tests of a spec file, each as `group › title` below its outermost group. */
export function testTitles(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const titles: string[] = [];
  const visit = (node: ts.Node, groups: readonly string[]): void => {
    const call = titledCall(node);
    const path = call ? [...groups, call.title] : groups;
    if (call?.kind === 'it') titles.push(path.slice(1).join(' › '));
    ts.forEachChild(node, (child) => visit(child, path));
  };
  visit(source, []);
  return titles;
}

function titledCall(node: ts.Node): { kind: string; title: string } | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const [title] = node.arguments;
  const kind = calledName(node.expression);
  if (!kind || !title || !ts.isStringLiteralLike(title)) return undefined;
  return { kind, title: title.text };
}

/** `it` of `it(…)` and of `it.each(…)(…)`. */
function calledName(callee: ts.Expression): 'it' | 'describe' | undefined {
  if (ts.isCallExpression(callee)) return calledName(callee.expression);
  if (ts.isPropertyAccessExpression(callee)) return calledName(callee.expression);
  if (!ts.isIdentifier(callee)) return undefined;
  if (callee.text === 'test' || callee.text === 'it') return 'it';
  return callee.text === 'describe' ? 'describe' : undefined;
}
