// Global setup: a run of a suite starts without the logs of the one before.
import { readdirSync, rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { FOLDER } from './captured.js';

export default function forget({ config }: TestProject): void {
  for (const file of existing()) if (file.startsWith(`${config.name}-`)) rmSync(FOLDER + file);
}

function existing(): string[] {
  try {
    return readdirSync(FOLDER);
  } catch {
    return [];
  }
}
