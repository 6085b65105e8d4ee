export { askUpload } from './asked.ts'
export { UploadHost } from './upload-host.tsx'
