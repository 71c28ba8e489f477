// @ts-check
// What the command line asks for, and how long each thing then takes.
import { parseArgs } from 'node:util';

/**
 * Seconds, and how often.
 *
 * @typedef {typeof FULL} Effort
 */
const FULL = {
  name: 'full',
  /** How often every contender is started anew: two processes of one program differ by up to 15 %. */
  processes: 4,
  roundsOfProcess: 2,
  /** A round goes through all contenders this often. */
  passes: 6,
  warmUpSeconds: 8,
  /** Far more code than a request takes, and far fewer of them in a second. */
  loginWarmUpSeconds: 12,
  partSeconds: 0.25,
  bareSeconds: 0.15,
  singleSeconds: 0.4,
  loginsPerPart: 100,
  firstTimePeople: 6000,
  pendingLogins: 200_000,
  coldStarts: 10,
  livePeople: [10, 1000, 100_000],
  startedAtOnce: 2,
};

/** @type {Effort} */
const QUICK = {
  ...FULL,
  name: 'quick',
  processes: 1,
  passes: 2,
  warmUpSeconds: 0.5,
  loginWarmUpSeconds: 0.5,
  partSeconds: 0.15,
  bareSeconds: 0.1,
  singleSeconds: 0.1,
  loginsPerPart: 25,
  firstTimePeople: 5200,
  pendingLogins: 0,
  coldStarts: 1,
  livePeople: [],
};

/** @type {Effort} */
const SMOKE = {
  ...QUICK,
  name: 'smoke',
  roundsOfProcess: 1,
  passes: 1,
  warmUpSeconds: 0,
  loginWarmUpSeconds: 0,
  partSeconds: 0.02,
  bareSeconds: 0.02,
  singleSeconds: 0.02,
  loginsPerPart: 4,
  firstTimePeople: 20,
  livePeople: [],
  startedAtOnce: 4,
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    group: { type: 'string', multiple: true, default: [] },
    platform: { type: 'string' },
    contender: { type: 'string', multiple: true, default: [] },
  },
});

export const effort = values.smoke ? SMOKE : values.quick ? QUICK : FULL;
export const isSmoke = values.smoke;

const groups = values.group.flatMap((group) => group.split(','));
const contenders = values.contender;

/** Whether everything is measured: then the report is made anew. */
export const isWhole = groups.length === 0 && contenders.length === 0 && !values.platform;

/** Whether a group was asked for. @param {string} group */
export const wantsGroup = (group) => groups.length === 0 || groups.includes(group);

/** Whether a contender was asked for. @param {{ contender: string, platform: string }} one */
export function wantsContender({ contender, platform }) {
  if (values.platform && values.platform !== platform) return false;
  return contenders.length === 0 || contenders.includes(contender);
}
