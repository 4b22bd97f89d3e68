/** A user's name for whoever calls us: his wallet's. What HTTP clients take out of a path would be a wallet nobody can read. */
export const userIdPattern = '^(?!\\.{1,2}$)[A-Za-z0-9._@-]{1,64}$'
