import { expect, it } from 'vitest'
import { csvLine } from './csv.ts'

it.each([
  [['a', 'b'], 'a,b'],
  [['a,b', 'say "hi"'], '"a,b","say ""hi"""'],
  [['two\nlines', ''], '"two\nlines",'],
  [['=HYPERLINK("http://x")'], `"'=HYPERLINK(""http://x"")"`],
  [['+1', '-1', '@x', '\tx', '\rx'], `"'+1","'-1","'@x","'\tx","'\rx"`],
  [[' =1', '\n=1', '\uFF1D1', 'a-1'], `"' =1","'\n=1","'\uFF1D1",a-1`],
  [['a=1', 'web-1'], 'a=1,web-1'],
])('writes %j', (cells, line) => {
  expect(csvLine(cells)).toBe(`${line}\r\n`)
})
