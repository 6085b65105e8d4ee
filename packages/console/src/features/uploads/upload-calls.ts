/** What the server is asked for beside the bytes themselves. */

import { uploadsPath, type UploadedPackage, type UploadInfo, type UploadWish } from '@berth/view'
import { request } from '../../backend/index.ts'

export const uploadsKey = ['uploads'] as const

export async function listUploads(signal: AbortSignal): Promise<UploadInfo[]> {
  return request(uploadsPath, { signal })
}

/** Begun as soon as the file is whole, with or without this page. */
export async function wishFor(id: string, wish: UploadWish): Promise<UploadInfo> {
  return request(`${uploadsPath}/${encodeURIComponent(id)}/wish`, { method: 'PUT', body: wish })
}

export async function packageOf(id: string, signal: AbortSignal): Promise<UploadedPackage> {
  return request(`${uploadsPath}/${encodeURIComponent(id)}/machine`, { signal })
}
