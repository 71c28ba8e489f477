// The packages that only the benchmark needs, and that `npm ci` of the root therefore does not bring:
// so that everything can be type-checked without them.
declare module '@5stones/nest-oidc';
declare module 'connect-redis';
declare module 'cookie-signature';
declare module 'express-oauth2-jwt-bearer';
declare module 'express-openid-connect';
declare module 'iron-session';
declare module 'jwks-rsa';
declare module 'nest-keycloak-connect';
declare module 'openid-client';
declare module 'openid-client/passport';
declare module 'passport-auth0';
declare module 'passport-jwt';
