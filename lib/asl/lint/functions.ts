/** Functions that AWS adds to JSONata. */
const OF_AWS = ['partition', 'range', 'hash', 'random', 'uuid', 'parse'];

/** Functions of JSONata 2.0.6 without `$eval`, which AWS removes. */
const OF_JSONATA = [
  ...['sum', 'count', 'max', 'min', 'average'],
  ...['string', 'substring', 'substringBefore', 'substringAfter', 'lowercase', 'uppercase', 'length', 'trim', 'pad'],
  ...['match', 'contains', 'replace', 'split', 'join', 'base64encode', 'base64decode'],
  ...['encodeUrl', 'encodeUrlComponent', 'decodeUrl', 'decodeUrlComponent'],
  ...['formatNumber', 'formatBase', 'formatInteger', 'parseInteger', 'number'],
  ...['floor', 'ceil', 'round', 'abs', 'sqrt', 'power'],
  ...['boolean', 'not', 'exists', 'type', 'assert', 'error'],
  ...['map', 'zip', 'filter', 'single', 'reduce', 'sift', 'each'],
  ...['keys', 'lookup', 'append', 'spread', 'merge', 'reverse', 'shuffle', 'distinct', 'sort', 'clone'],
  ...['now', 'millis', 'fromMillis', 'toMillis'],
];

/** Names of the functions that an expression may call, without `$`. */
export const FUNCTIONS: readonly string[] = [...OF_JSONATA, ...OF_AWS];
