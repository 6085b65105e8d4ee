// One line for each long step: what runs, then how long it took. Plain text, so it reads the same in a log.

/** Runs `work` and prints `label ... 3.2 s`; returns what it returns. */
export async function step(label, work) {
  const started = Date.now()
  const tty = process.stdout.isTTY
  const seconds = () => ((Date.now() - started) / 1000).toFixed(1) + ' s'
  let timer
  if (tty) {
    process.stdout.write('  ' + label + ' …')
    timer = setInterval(() => process.stdout.write('\r  ' + label + ' … ' + seconds()), 200)
  }
  try {
    const result = await work()
    process.stdout.write((tty ? '\r' : '') + '  ' + label + ' … ' + seconds() + '\n')
    return result
  } catch (error) {
    process.stdout.write((tty ? '\r' : '') + '  ' + label + ' … failed after ' + seconds() + '\n')
    throw error
  } finally {
    clearInterval(timer)
  }
}
