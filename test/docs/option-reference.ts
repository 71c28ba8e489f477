import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { OPTION_PATHS, readEnvironment } from '../../libs/upbond-auth/src/options/environment.js';
import { ROOT } from './root.js';

/** An option as the source documents it. */
export interface OptionReference {
  readonly option: string;
  readonly variable: string | undefined;
  readonly isRequired: boolean;
  /** Text of `@default`. */
  readonly default: string | undefined;
  /** Such as `0 to 300`. */
  readonly range: string | undefined;
}

const SOURCE = 'libs/upbond-auth/src/options/upbond-auth-options.ts';

/** Every option, from the environment table of the source and the TSDoc of the option types. */
export function optionReference(): OptionReference[] {
  const environment = readEnvironment('UPBOND_', () => undefined);
  const comments = optionComments();
  return OPTION_PATHS.map((option) => {
    const comment = comments.get(option) ?? '';
    return {
      option,
      variable: environment[option].variable,
      isRequired: /\bRequired( unless|\.)/.test(comment),
      default: /@default (.*)/.exec(comment)?.[1],
      range: /\b\d+ to \d+\b/.exec(comment)?.[0],
    };
  });
}

/** The TSDoc of each member, by option path, on one line each but for its tags. */
function optionComments(): Map<string, string> {
  const text = readFileSync(join(ROOT, SOURCE), 'utf8');
  const source = ts.createSourceFile(SOURCE, text, ts.ScriptTarget.Latest, true);
  const prefixes: Record<string, string> = {
    UpbondAuthOptions: '',
    EndpointOverrides: 'endpoints.',
    RoutePaths: 'routes.',
  };
  const comments = new Map<string, string>();
  for (const declaration of source.statements.filter(ts.isInterfaceDeclaration)) {
    const prefix = prefixes[declaration.name.text];
    if (prefix === undefined) continue;
    for (const member of declaration.members) {
      const [range] = ts.getLeadingCommentRanges(text, member.getFullStart())?.slice(-1) ?? [];
      const comment = range ? text.slice(range.pos, range.end) : '';
      comments.set(prefix + (member.name?.getText(source) ?? ''), flat(comment));
    }
  }
  return comments;
}

function flat(comment: string): string {
  const inner = comment.replace(/^\/\*\*|\*\/$/g, '').replace(/^\s*\* ?/gm, ' ');
  return inner.replace(/\s+/g, ' ').replaceAll(' @', '\n@').trim();
}
