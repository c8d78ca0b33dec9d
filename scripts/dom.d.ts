// What TypeScript cannot know of our pages when `make lint` lets it read static/js; no browser gets this file.

// Which element a selector finds is a matter of the templates.
interface ParentNode {
  querySelector(selectors: string): any;
  querySelectorAll(selectors: string): NodeListOf<any>;
}
interface NonElementParentNode {
  getElementById(id: string): any;
}
interface Document {
  getElementById(id: string): any;
}
interface DocumentFragment {
  getElementById(id: string): any;
}
interface Element {
  closest(selectors: string): any;
  focus(options?: FocusOptions): void;
  blur(): void;
}

// So is what an event happened to: an element wherever we ask this, and a control wherever we ask for what it holds.
interface EventTarget {
  id: any;
  readonly dataset: DOMStringMap;
  name: any;
  value: any;
  checked: any;
  files: any;
  readonly formAction: any;
  matches: any;
  closest(selectors: string): any;
  removeAttribute(name: string): void;
  select(): void;
}

// So is what a form's control of some name is.
interface HTMLFormControlsCollection {
  namedItem(name: string): any;
  [name: string]: any;
}

// URLSearchParams takes a form whose fields are all text.
interface FormData {
  [name: string]: any;
}

// A drop that start/held.js kept, with its folders.
interface DragEvent {
  readonly entries?: FileSystemEntry[];
}

interface PerformanceEntry {
  readonly type?: any;
}

// Our own events, and what they carry.
interface DocumentEventMap {
  "batches:polled": CustomEvent<{ batches: any[]; now: string }>;
  "batches:started": CustomEvent<{ batch: any }>;
  "settings:saved": CustomEvent<{ name: string }>;
  "draft:ended": CustomEvent<{ where: HTMLElement }>;
  "image:added": CustomEvent<{ id: number }>;
  "image:elsewhere": CustomEvent<{ id: string; gone: boolean }>;
  "image:placed": CustomEvent<Destination>;
  "image:changed": CustomEvent<{ id: string }>;
  "review:shown": CustomEvent<{ card: any }>;
  "tray:convert": CustomEvent<{ items: UploadItem[] }>;
  "tray:leave": CustomEvent<{ items: UploadItem[] }>;
  "undo:begun": CustomEvent<{ id: string }>;
  "undo:done": CustomEvent<{ act: UndoAct; answer: any }>;
  "words:saved": CustomEvent<{ id: string; field: string; was: string; start?: string; version: number }>;
  "sheet:drawn": CustomEvent<{ address: string; content: DocumentFragment }>;
  "suggestion:taken": CustomEvent<{ where: HTMLElement; image: any }>;
}
