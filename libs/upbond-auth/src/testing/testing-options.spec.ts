import { testingEndpoints, testingOptions } from './testing-options.js';

const KIT = { issuer: 'https://login.test', secret: 'a-secret', options: {} };
const OWN = {
  clientId: 'shop',
  clientSecret: 'shop-secret',
  redirectUri: 'https://shop.example/cb',
  sessionSecret: 'session-secret',
};
const SERVER = {
  domain: KIT.issuer,
  issuer: KIT.issuer,
  endpoints: testingEndpoints(KIT.issuer),
};
const reading = (variables: Readonly<Record<string, string>>) => (name: string) => variables[name];
const nothing = reading({});

it('keep what the application wrote, and replace where its authorization server is', () => {
  const written = {
    ...OWN,
    domain: 'x',
    issuer: 'y',
    endpoints: { jwksUri: 'z' },
    scope: 'openid',
  };
  expect(testingOptions('default', written, nothing, KIT)).toEqual({
    ...OWN,
    scope: 'openid',
    ...SERVER,
  });
});

it('leave to the environment what it says', () => {
  const variables = {
    UPBOND_CLIENT_ID: 'shop',
    UPBOND_CLIENT_SECRET: 'shop-secret',
    UPBOND_REDIRECT_URI: 'https://shop.example/cb',
    UPBOND_SESSION_SECRET: 'session-secret',
  };
  expect(testingOptions('default', {}, reading(variables), KIT)).toEqual(SERVER);
});

it.each([undefined, null, 'nonsense', {}])('fill in what is required, besides %j', (written) => {
  expect(testingOptions('default', written, nothing, KIT)).toEqual({
    clientId: 'testing',
    clientSecret: 'testing',
    redirectUri: 'http://localhost:3000/auth/callback',
    sessionSecret: 'a-secret',
    ...SERVER,
  });
});

it('fill in for an instance with a name by its own variables', () => {
  const variables = { UPBOND_CLIENT_ID: 'default', UPBOND_ADMIN_CLIENT_SECRET: 'known' };
  expect(testingOptions('admin', {}, reading(variables), KIT)).toEqual({
    clientId: 'testing',
    redirectUri: 'http://localhost:3000/auth/admin/callback',
    sessionSecret: 'a-secret',
    ...SERVER,
  });
});

it.each([
  [{ clientAuthentication: 'none' }, nothing],
  [{}, reading({ UPBOND_CLIENT_AUTHENTICATION: 'none' })],
  [{ clientAssertionKeys: { key: 'x' } }, nothing],
  [{ clientAuthentication: 'private_key_jwt' }, reading({ UPBOND_CLIENT_ASSERTION_KEYS: '{}' })],
])('give no secret to a client that has none: %j', (written, read) => {
  expect(testingOptions('default', written, read, KIT)).not.toHaveProperty('clientSecret');
});

it('take a client for a public one whose key is only known in production', () => {
  const written = { clientAuthentication: 'private_key_jwt' };
  const options = testingOptions('default', written, nothing, KIT);
  expect(options).toMatchObject({ clientAuthentication: 'none' });
  expect(options).not.toHaveProperty('clientSecret');
});

it('prefer what the kit was told', () => {
  const options = { clientId: 'told', accessTokenAudiences: ['urn:api'] };
  expect(testingOptions('default', OWN, nothing, { ...KIT, options })).toEqual({
    ...OWN,
    ...options,
    ...SERVER,
  });
});

it('endpoints are below the issuer, whether it ends in a slash or not', () => {
  expect(testingEndpoints('https://login.test/')).toEqual(testingEndpoints('https://login.test'));
  expect(testingEndpoints('https://x.test/tenant').jwksUri).toBe(
    'https://x.test/tenant/.well-known/jwks.json',
  );
});
