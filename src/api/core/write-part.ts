/** The URL by which an object is written: its own, that of its status, of its scale, or another part's. */
export type WritePart = '' | 'status' | 'scale' | 'other'
