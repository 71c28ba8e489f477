import { isAnySet, readEnvironment, variablePrefix } from './environment.js';

/** Where the variables could have come from, when required ones are missing and none was found. */
export function missingHint(
  name: string,
  read: (variable: string) => unknown,
  configModuleIsPresent: boolean,
): string | undefined {
  const prefix = variablePrefix(name);
  if (isAnySet(readEnvironment(prefix, read))) return undefined;
  if (isAnySet(readEnvironment(variablePrefix('default'), read))) {
    return `No variable that starts with ${prefix} was found: this instance is named "${name}" and reads only those.`;
  }
  return configModuleIsPresent ? fileHint(prefix) : callHint(prefix);
}

function callHint(prefix: string): string {
  return `No variable that starts with ${prefix} was found, and no ConfigModule is there to read a .env file. Add this call to the imports of your application's root module:

    ConfigModule.forRoot({ isGlobal: true })    // import { ConfigModule } from '@nestjs/config';

UpbondAuthModule does not call it for you: only your application knows which .env file is its own.`;
}

function fileHint(prefix: string): string {
  return `No variable that starts with ${prefix} was found. ConfigModule is there, so the file it should read is probably missing: by default .env in the working directory, the one the application was started in. If the file is elsewhere, name it with ConfigModule's envFilePath.`;
}
