import type { Draw } from './draw.ts';
import { KINDS, type Kind, type Scope } from './scope.ts';

type Grow = (draw: Draw, scope: Scope, depth: number) => string;

/** An expression that gives a value of a kind, whatever the values in scope are. */
export function expression(draw: Draw, scope: Scope, kind: Kind, depth = 3): string {
  const plain = scope[kind];
  if (plain.length > 0 && draw.once(3)) return draw.pick(plain);
  return depth === 0 ? draw.pick(LITERALS[kind]) : draw.pick(FORMS[kind])(draw, scope, depth - 1);
}

/** Marked, as a field of the definition holds it. */
export const marked = (text: string): string => `{% ${text} %}`;

/** An expression that gives nothing, or throws; `throwing` allows for the latter. */
export function failing(draw: Draw, throwing: boolean): string {
  const nothing = ['$states.input.missing', '$states.input.n.deeper', '$lookup({"a": 1}, "b")', '$states.input.l[99]'];
  const thrown = ['$states.input.s + 1', '$error("gone wrong")', '$number("five")', '$states.input.n(1)', '$sum("a")'];
  return draw.pick(throwing && draw.once(8) ? thrown : nothing);
}

const LITERALS: Readonly<Record<Kind, readonly string[]>> = {
  n: ['0', '1', '2', '7', '-3', '40', '2.5'],
  s: ['"a"', "'bc'", '""', '"Hello World"', '"x-y"', '"ä€"'],
  b: ['true', 'false'],
  l: ['[]', '[1]', '[3, 1, 2]', '[5, 5]', '[1..4]'],
};

const of =
  (kind: Kind): Grow =>
  (draw, scope, depth) =>
    expression(draw, scope, kind, depth);

const [n, s, b, l] = [of('n'), of('s'), of('b'), of('l')];

/** Builds a form from parts: text as it is, and what grows in the gaps. */
const form =
  (text: TemplateStringsArray, ...gaps: readonly Grow[]): Grow =>
  (draw, scope, depth) =>
    text.map((part, at) => part + (gaps[at]?.(draw, scope, depth) ?? '')).join('');

const choice = (kind: Grow): Grow => form`(${b} ? ${kind} : ${kind})`;
const oneOf =
  (...texts: readonly string[]): Grow =>
  (draw) =>
    draw.pick(texts);

/** Whatever kind. */
const any: Grow = (draw, scope, depth) => expression(draw, scope, draw.pick(KINDS), depth);

const FORMS: Readonly<Record<Kind, readonly Grow[]>> = {
  n: [
    oneOf(...LITERALS.n),
    form`(${n} ${oneOf('+', '-', '*')} ${n})`,
    form`(${n} % 5)`,
    form`$floor(${n} * 0.25)`,
    form`$${oneOf('floor', 'ceil', 'abs', 'round')}(${n})`,
    form`$${oneOf('sum', 'count')}(${l})`,
    form`$${oneOf('max', 'min')}($append(${l}, 4))`,
    form`$floor($average($append(${l}, 4)))`,
    form`$length(${s})`,
    form`$number($string(${n}))`,
    form`$reduce(${l}, function($i, $j) { $i + $j }, ${n})`,
    form`($append(${l}, 7))[0]`,
    form`($x := ${n}; $x * 2 + $x)`,
    form`(${n} ~> $abs)`,
    form`$lookup({"k": ${n}}, "k")`,
    form`{"k": {"m": ${n}}}.k.m`,
    form`(function($p, $q) { $p - $q })(${n}, 3)`,
    form`-(${n})`,
    choice(of('n')),
  ],
  s: [
    oneOf(...LITERALS.s),
    form`(${s} & ${any})`,
    form`$string(${any})`,
    form`$${oneOf('uppercase', 'lowercase', 'trim')}(${s})`,
    form`$substring(${s}, ${oneOf('0', '1', '-2')}, 2)`,
    form`$${oneOf('substringBefore', 'substringAfter')}(${s}, "-")`,
    form`$pad(${s}, ${oneOf('4', '-4')}, "#")`,
    form`$replace(${s}, ${oneOf('"a"', '/[a-c]/')}, "z")`,
    form`$join($split(${s}, ""), "-")`,
    form`$type(${any})`,
    form`$formatBase($abs($floor(${n})), 2)`,
    form`$base64encode($replace(${s}, /[^ -~]/, "?"))`,
    choice(of('s')),
  ],
  b: [
    oneOf(...LITERALS.b),
    form`(${n} ${oneOf('<', '<=', '>', '>=', '=', '!=')} ${n})`,
    form`(${s} ${oneOf('<', '>=', '=', '!=')} ${s})`,
    form`(${b} ${oneOf('and', 'or')} ${b})`,
    form`$not(${b})`,
    form`$contains(${s}, ${oneOf('"a"', '/o+/')})`,
    form`(${n} in ${l})`,
    form`$boolean(${any})`,
    form`$exists(${oneOf('$states.input.missing', '$states.input.n')})`,
    form`(${l} = ${l})`,
    choice(of('b')),
  ],
  l: [
    oneOf(...LITERALS.l),
    form`$append(${l}, ${n})`,
    form`($xs := ${l}; [$map($xs, function($x) { $x * 2 })])`,
    form`($xs := ${l}; [$filter($xs, function($x) { $x > 2 })])`,
    form`($xs := ${l}; [$xs[$ > 1]])`,
    form`($xs := ${l}; [$distinct($xs)])`,
    form`($xs := ${l}; $xs := [$xs.$floor($)]; [$xs^(>$)])`,
    form`($xs := ${l}; [$xs.($ + 1)])`,
    form`($xs := ${l}; $append([], $sort($append([$xs.$floor($)], 2))))`,
    form`$reverse(${l})`,
    form`$range(1, ${oneOf('3', '5')}, ${oneOf('1', '2')})`,
    form`$partition($append([8, 9], ${l}), 2)[0]`,
    form`$parse(${oneOf('"[1, 2]"', '"[]"')})`,
    form`$append([0], $map([1..3], function($v, $at) { $v - $at }))`,
    choice(of('l')),
  ],
};
