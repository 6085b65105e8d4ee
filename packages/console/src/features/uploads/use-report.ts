import { useEffect } from 'react'
import type { FormProps, Ready } from './form-props.ts'

/** Tells the dialog what its form has come to. */
export function useReport(onReady: FormProps['onReady'], ready: Ready, reason: string | undefined): void {
  const text = JSON.stringify(ready)
  useEffect(() => {
    onReady(reason === undefined ? ready : undefined, reason)
    // The text says whether anything has changed.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [text, reason])
}
