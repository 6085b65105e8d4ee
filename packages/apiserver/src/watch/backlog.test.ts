import { describe, expect, it } from 'vitest'
import { BacklogBudget } from './backlog-budget.ts'
import { Backlog, type BacklogOptions, type Pending } from './backlog.ts'

const frame = (text: string): Pending => ({ bytes: text.length, render: () => Buffer.from(text) })

function backlog(more: Partial<BacklogOptions> = {}): Backlog {
  return new Backlog({
    limits: { events: 100, bytes: 1000 },
    budget: new BacklogBudget(10_000),
    onClose() {},
    onExcess() {},
    ...more,
  })
}

async function readAll(from: Backlog): Promise<string[]> {
  const chunks: string[] = []
  for await (const chunk of from) chunks.push(Buffer.from(chunk).toString())
  return chunks
}

describe('a backlog', () => {
  it('joins small frames, or keeps each one apart', async () => {
    for (const [joined, expected] of [
      [true, ['abc']],
      [false, ['a', 'b', 'c']],
    ] as const) {
      const each = backlog({ joined })
      for (const text of ['a', 'b', 'c']) each.push(frame(text))
      each.end()
      expect(await readAll(each)).toEqual(expected)
    }
  })

  it('takes no more than its limits, beside what was there from the start', () => {
    const few = backlog({ limits: { events: 2, bytes: 1000 } })
    for (const text of ['old', 'old', 'old']) few.preload(frame(text))
    few.startCounting()
    expect(['a', 'b', 'c'].map((text) => few.push(frame(text)))).toEqual([true, true, false])
    const small = backlog({ limits: { events: 100, bytes: 5 } })
    expect(['abc', 'abc'].map((text) => small.push(frame(text)))).toEqual([true, false])
  })

  it('gives a reader that was cut off the reason and nothing else', async () => {
    const cut = backlog()
    cut.push(frame('unread'))
    cut.cut(frame('why'))
    expect(cut.push(frame('late'))).toBe(true)
    expect(await readAll(cut)).toEqual(['why'])
  })

  it('counts in the budget only what waits', async () => {
    const budget = new BacklogBudget(100)
    const counted = backlog({ budget })
    counted.preload(frame('history'))
    counted.startCounting()
    counted.push(frame('1234'))
    expect(budget.used).toBe(4)
    counted.end()
    await readAll(counted)
    expect(budget.used).toBe(0)
    const left = backlog({ budget })
    left.push(frame('1234'))
    left.close()
    expect(budget.used).toBe(0)
  })

  it('sheds the largest when all together are too large', () => {
    const budget = new BacklogBudget(10)
    const shed: string[] = []
    const make = (name: string): Backlog => {
      const made: Backlog = backlog({
        budget,
        onExcess() {
          shed.push(name)
          made.cut()
        },
      })
      return made
    }
    const [small, large] = [make('small'), make('large')]
    large.push(frame('12345678'))
    small.push(frame('12'))
    expect(shed).toEqual([])
    small.push(frame('3'))
    expect(shed).toEqual(['large'])
    expect(budget.used).toBe(3)
  })
})
