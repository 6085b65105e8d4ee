import { describe, expect, it } from 'vitest'
import { compileCel } from './compile.ts'
import { CelCompileError } from './errors.ts'
import { testEnvironment } from './testing/run.ts'

/** What cel-go expects where an operand may begin. */
const operand =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"

function problemsOf(expression: string): string[] {
  try {
    compileCel(expression, testEnvironment)
  } catch (error) {
    if (error instanceof CelCompileError) return error.message.split('\n').filter((line) => line.startsWith('ERROR'))
    throw error
  }
  return []
}

describe('expressions that do not compile', () => {
  it.each<[string, string[]]>([
    ['1 + ', [`1:5: Syntax error: mismatched input '<EOF>' expecting ${operand}`]],
    ['1 1', ["1:3: Syntax error: extraneous input '1' expecting <EOF>"]],
    ['(1', ["1:3: Syntax error: missing ')' at '<EOF>'"]],
    ['a.b c', ["1:5: Syntax error: extraneous input 'c' expecting <EOF>"]],
    ['[1, 2', ["1:6: Syntax error: mismatched input '<EOF>' expecting {']', ','}"]],
    ['{1: }', [`1:5: Syntax error: mismatched input '}' expecting ${operand}`]],
    [
      "'abc",
      [
        "1:1: Syntax error: token recognition error at: ''abc'",
        `1:5: Syntax error: mismatched input '<EOF>' expecting ${operand}`,
      ],
    ],
    ['1 ++ 2', [`1:4: Syntax error: extraneous input '+' expecting ${operand}`]],
    [
      'x = 1',
      [
        "1:3: Syntax error: token recognition error at: '= '",
        "1:5: Syntax error: extraneous input '1' expecting <EOF>",
      ],
    ],
    [
      "s == 'a",
      [
        "1:6: Syntax error: token recognition error at: ''a'",
        `1:8: Syntax error: mismatched input '<EOF>' expecting ${operand}`,
      ],
    ],
    ['self..a', ["1:6: Syntax error: no viable alternative at input '..'"]],
    ['', [`1:0: Syntax error: mismatched input '<EOF>' expecting ${operand}`]],
    ['  ', [`1:3: Syntax error: mismatched input '<EOF>' expecting ${operand}`]],
    ['foo(1,', [`1:7: Syntax error: mismatched input '<EOF>' expecting ${operand}`]],
    ['@a', ["1:1: Syntax error: token recognition error at: '@'"]],
    ['self.a &', ["1:8: Syntax error: token recognition error at: '&'"]],
    ['has(self)', ['1:5: invalid argument to has() macro']],
    ['has(1)', ['1:5: invalid argument to has() macro']],
    ['self.all(x.y, true)', ['1:11: argument must be a simple name']],
    [
      '[1].all(x)',
      ["1:8: undeclared reference to 'all' (in container '')", "1:9: undeclared reference to 'x' (in container '')"],
    ],
    [
      '[1].map(x, y, z, w)',
      [
        "1:8: undeclared reference to 'map' (in container '')",
        "1:9: undeclared reference to 'x' (in container '')",
        "1:12: undeclared reference to 'y' (in container '')",
        "1:15: undeclared reference to 'z' (in container '')",
        "1:18: undeclared reference to 'w' (in container '')",
      ],
    ],
    ["1 == 'a'", ["1:3: found no matching overload for '_==_' applied to '(int, string)'"]],
    ['i.foo', ["1:2: type 'int' does not support field selection"]],
    ['s.foo()', ["1:6: undeclared reference to 'foo' (in container '')"]],
    ["s.charAt('x')", ["1:9: found no matching overload for 'charAt' applied to 'string.(string)'"]],
    ["[1, 'a']", ["1:5: expected type 'int' but found 'string'"]],
    ["{'a': 1, 'b': 'x'}", ["1:15: expected type 'int' but found 'string'"]],
    ['[1].exists(x, 3)', ["1:15: expected type 'bool' but found 'int'"]],
    ['i ? 1 : 2', ["1:3: found no matching overload for '_?_:_' applied to '(int, int, int)'"]],
    ['i && true', ["1:1: expected type 'bool' but found 'int'"]],
    ['[1].filter(x, 1)', ["1:11: found no matching overload for '_?_:_' applied to '(int, list(int), list(int))'"]],
    [
      '5.all(x, true)',
      ["1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"],
    ],
    [
      String.raw`'\q'`,
      [
        String.raw`1:1: Syntax error: token recognition error at: ''\q'`,
        "1:4: Syntax error: token recognition error at: '''",
        `1:5: Syntax error: mismatched input '<EOF>' expecting ${operand}`,
      ],
    ],
    ['99999999999999999999', ['1:1: invalid int literal']],
    ['0x', ["1:2: Syntax error: extraneous input 'x' expecting <EOF>"]],
    ['1u - 2', ["1:4: found no matching overload for '_-_' applied to '(uint, int)'"]],
    ['-s', ["1:1: found no matching overload for '-_' applied to '(string)'"]],
    ['!i', ["1:1: found no matching overload for '!_' applied to '(int)'"]],
    ['Foo{a: 1}', ["1:4: undeclared reference to 'Foo' (in container '')"]],
    ['int{a: 1}', ["1:4: 'int' is not a message type", "1:6: unexpected failed resolution of 'int'"]],
    ['m.?a.b', ["1:5: type 'int' does not support field selection"]],
    ['self.a?.b', ["1:10: Syntax error: mismatched input '<EOF>' expecting ':'"]],
    ['[?1]', ["1:3: expected type 'optional_type(int)' but found 'int'"]],
    ["{?'a': 1}", ["1:8: expected type 'optional_type(int)' but found 'int'"]],
    [
      'cel.bind(x, 1, x + 1)',
      [
        "1:1: undeclared reference to 'cel' (in container '')",
        "1:9: undeclared reference to 'bind' (in container '')",
        "1:10: undeclared reference to 'x' (in container '')",
        "1:16: undeclared reference to 'x' (in container '')",
      ],
    ],
    [
      'cel.bind(1, 1, 1)',
      ["1:1: undeclared reference to 'cel' (in container '')", "1:9: undeclared reference to 'bind' (in container '')"],
    ],
    ["s.matches('[')", ['1:11: invalid matches argument']],
    ["duration('x')", ['1:10: invalid duration argument']],
    ["timestamp('x')", ['1:11: invalid timestamp argument']],
    ['for', ['1:1: reserved identifier: for']],
    ['a\nb c', ["2:1: Syntax error: mismatched input 'b' expecting <EOF>"]],
    ["1 + 'a' + [1]", ["1:3: found no matching overload for '_+_' applied to '(int, string)'"]],
    ['size(1)', ["1:5: found no matching overload for 'size' applied to '(int)'"]],
    [
      'f(1, g(2))',
      ["1:2: undeclared reference to 'f' (in container '')", "1:7: undeclared reference to 'g' (in container '')"],
    ],
    ['self.x(1)', ["1:7: undeclared reference to 'x' (in container '')"]],
    ['namespace', ['1:1: reserved identifier: namespace']],
    ["'é' + 1", ["1:5: found no matching overload for '_+_' applied to '(string, int)'"]],
    ['s[0]', ["1:2: found no matching overload for '_[_]' applied to '(string, int)'"]],
    ["l['a']", ["1:2: found no matching overload for '_[_]' applied to '(list(int), string)'"]],
    ['m[1]', ["1:2: found no matching overload for '_[_]' applied to '(map(string, int), int)'"]],
    ['i == 1.5', ["1:3: found no matching overload for '_==_' applied to '(int, double)'"]],
    ['i in 5', ["1:3: found no matching overload for '@in' applied to '(int, int)'"]],
    ["1 in {'a':1}", ["1:3: found no matching overload for '@in' applied to '(int, map(string, int))'"]],
    ['(1 + 2', ["1:7: Syntax error: missing ')' at '<EOF>'"]],
    ['1 + 2)', ["1:6: Syntax error: extraneous input ')' expecting <EOF>"]],
    ['!', [`1:2: Syntax error: extraneous input '<EOF>' expecting ${operand}`]],
    ['1 ? 2', ["1:6: Syntax error: mismatched input '<EOF>' expecting ':'"]],
    ['1 ? 2 : ', [`1:9: Syntax error: mismatched input '<EOF>' expecting ${operand}`]],
    ['a.1', ["1:2: Syntax error: extraneous input '.1' expecting <EOF>"]],
    ['self.`a b`', ["1:6: unsupported syntax: '`'"]],
    ['null + 1', ["1:6: found no matching overload for '_+_' applied to '(null, int)'"]],
    ['x.y.z', ["1:1: undeclared reference to 'x' (in container '')"]],
    ['x[1].y', ["1:1: undeclared reference to 'x' (in container '')"]],
    ['true || 1', ["1:9: expected type 'bool' but found 'int'"]],
    [String.raw`r'\d' + b'x'`, ["1:7: found no matching overload for '_+_' applied to '(string, bytes)'"]],
    [
      "'%d'.format([s])",
      ['1:14: error during formatting: decimal clause can only be used on integers, was given string'],
    ],
    ["'%z'.format([s])", ['1:12: could not parse formatting clause: unrecognized formatting clause "z"']],
    ['i == null', ["1:3: found no matching overload for '_==_' applied to '(int, null)'"]],
    ['s == null', ["1:3: found no matching overload for '_==_' applied to '(string, null)'"]],
    ['1.0 + 1', ["1:5: found no matching overload for '_+_' applied to '(double, int)'"]],
    ["[[1], ['a']]", ["1:7: expected type 'list(int)' but found 'list(string)'"]],
    ['[1, 2.0]', ["1:5: expected type 'int' but found 'double'"]],
    ["[dyn(1), 'a']", ["1:10: expected type 'dyn' but found 'string'"]],
    ['ls.join(1)', ["1:8: found no matching overload for 'join' applied to 'list(string).(int)'"]],
    ['l.sum() + 1.0', ["1:9: found no matching overload for '_+_' applied to '(int, double)'"]],
  ])('%s', (expression, problems) => {
    expect(problemsOf(expression)).toEqual(problems.map((problem) => `ERROR: <input>:${problem}`))
  })

  it('shows the line and the place below it', () => {
    const expression = "s == 'ok' &&\n  'é' + i == s"
    expect(() => compileCel(expression, testEnvironment)).toThrow(
      "ERROR: <input>:2:7: found no matching overload for '_+_' applied to '(string, int)'\n |   'é' + i == s\n | ...．..^",
    )
  })

  it('refuses what nests too deep or is too long, instead of failing in it', () => {
    const deep = [
      '1' + '+1'.repeat(300),
      '('.repeat(300) + '1' + ')'.repeat(300),
      'self' + '.a'.repeat(300),
      '['.repeat(5000),
      '(1' + '+1'.repeat(200) + ')+1',
      "'" + 'a'.repeat(100_001) + "'",
    ]
    expect(deep.map((expression) => problemsOf(expression).at(0)?.slice(0, 40) ?? 'compiles')).toEqual([
      'ERROR: <input>:-1:0: max recursion depth',
      'ERROR: <input>:-1:0: expression recursio',
      'ERROR: <input>:-1:0: max recursion depth',
      'ERROR: <input>:-1:0: expression recursio',
      'compiles',
      'ERROR: <input>:-1:0: expression code poi',
    ])
    expect(problemsOf(Array.from({ length: 5000 }, () => 'true').join(' && '))).toEqual([])
  })

  it('fails when the program is made where a part can never have a value', () => {
    expect(() => compileCel("int('x') == 1", testEnvironment)).toThrow("type conversion error from 'string' to 'int'")
    expect(() => compileCel("s.find('[') == ''", testEnvironment)).toThrow(
      'error parsing regexp: missing closing ]: `[`',
    )
  })
})
