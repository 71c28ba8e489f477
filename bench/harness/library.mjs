// @ts-check
// The library as it would be published: `npm run build:packages` makes it.
const dist = new URL('../../libs/upbond-auth/dist/', import.meta.url);

/** @param {string} file of the built library @returns {Promise<any>} */
export const internal = (file) => import(new URL(file, dist).href);

/** @type {typeof import('nestjs-upbond-auth')} */
export const library = await internal('index.js');
