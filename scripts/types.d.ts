// What the server and our modules hand each other in static/js, for TypeScript; no browser gets this file.

/** What went wrong, as core/http.js and core/sse.js tell it; other errors have none of the details. */
interface Failure {
  name?: string;
  message: string;
  status?: number;
  code?: string;
  field?: string | null;
  temporary?: boolean;
  retryAfter?: number | null;
  body?: FailureBody | null;
  /** Of a clash: the text that is saved now. */
  theirs?: string;
}

interface FailureBody {
  error?: { message?: string; code?: string; field?: string | null; details?: string };
  /** The row as it is now, where a call was made with an older version of it. */
  current?: any;
  rejected?: Rejected[];
}

interface ToastAction {
  label: string;
  run?: () => unknown;
  /** A page to be opened in a new tab instead. */
  href?: string;
}

interface ToastLink {
  label: string;
  href: string;
}

/** A call of the API that takes an act back; its address alone where that is all. */
interface UndoCall {
  method?: string;
  url: string;
  body?: unknown;
}

/** An act of this tab that can be taken back; `images` are those it was about, `page` shows what it changed. */
interface UndoAct {
  id: string;
  text: string;
  undo?: string | UndoCall;
  images?: number[];
  /** Whether rows of the library come or go by it. */
  list?: boolean;
  page?: string;
}

/** An act as it is told; of several acts of a kind the message says how many. */
interface UndoOffer extends Omit<UndoAct, "id" | "text"> {
  text: string | ((count: number) => string);
  kind?: string;
  count?: number;
  open?: ToastLink;
}

/** What only the page knows that an act was done on: `run` in the place of its address, `done` after it. */
interface UndoHere {
  run?: () => unknown;
  done?: (answer: any) => unknown;
}

/** What became of a change of many pictures. */
interface BulkDone {
  changed: number;
  left: number;
  bulk_edit_id: number | null;
}

/** A picture as `GET /api/images/<id>` gives it; its texts and hashtags by the names of artworks/core/fields.py. */
interface ImageJson {
  id: number;
  version: number;
  status: string;
  post_title: string;
  original_filename: string;
  urls: { page: string };
  [field: string]: any;
}

interface BatchJson {
  id: number;
  state: string;
  total: number;
  left: number;
  done: number;
  bulk_edit_id: number | null;
  failed: number;
  skipped: number;
  failures: { message: string }[];
  paused: { code: string; message: string };
}

interface VoiceJson {
  number: number;
  version: number;
}

interface UploadAnswer {
  images: ImageJson[];
  duplicates: { image_id: number }[];
  rejected: Rejected[];
  converted?: Converted[];
}

/** A file that the server refused, what it is, and whether `convert=1` would take it. */
interface Rejected {
  error: { message: string; code?: string };
  format?: string | null;
  convertible?: boolean;
}

/** A file that the server turned into one that the library takes. */
interface Converted {
  media_type: string;
  note: string;
}

/** Fields of a draft by name, as far as they are written. */
type DraftFields = Record<string, string | string[]>;

interface DraftAnswer {
  image: ImageJson;
  source: string;
  suggestion: { fields: DraftFields } | null;
  note: string;
  undo: string | null;
}

type TextControl = HTMLInputElement | HTMLTextAreaElement;

/** The ticked pictures; `filter` and `query` where everything that matches is meant, `most` how many that is as far as it is known. */
interface Chosen {
  ids: string[];
  filter: Record<string, string> | null;
  query: string;
  most?: number;
}

type Act = (what: string, chosen: Chosen, words: string) => Promise<unknown>;

/** What `PATCH /api/images` changes. */
interface BulkChange {
  set?: Record<string, unknown>;
  add_hashtags?: string[];
  remove_hashtags?: string[];
  [name: string]: unknown;
}

/** A row that was taken out, and what marks its place. */
interface TakenRow {
  id: string;
  row: HTMLElement;
  mark: Comment;
  name: string;
}

interface Taken {
  node: HTMLElement;
  mark: Comment;
}

/** What a card of a collection stands between. */
interface Neighbours {
  previous: Element | null;
  next: Element | null;
}

/** Where a picture of a collection goes, as the server is told. */
type Spot = { before: number | null } | { after: number };

/** A change of a collection that is sent in its turn: a move, or anything that brings its own `run`. */
type Change = (Move & { run?: undefined; failed?: undefined }) | Errand;

interface Errand {
  card?: undefined;
  spot?: undefined;
  run: () => Promise<unknown>;
  failed: (error: Failure) => void;
}

interface Move {
  card: HTMLElement;
  origin: Neighbours;
  spot: Spot;
}

interface Point {
  x: number;
  y: number;
}

/** A picture that is pressed, and dragged once it was lifted: then a ghost of it follows the pointer. */
interface Drag {
  card: HTMLElement;
  pointer: number;
  begun: Point;
  at: Point;
  lifted: { ghost: HTMLImageElement; hold: Point; origin: Neighbours } | null;
}

/** A filter of the search box: its other names, what it is about and the values that can follow. */
interface SearchFilter {
  name: string;
  aliases: string[];
  note: string;
  values: string[];
}

interface SearchOffer {
  text: string;
  note: string;
}

interface Named {
  name: string;
}

/** Why a file was refused; those of one `why` are told together: a format, "large" or a sentence. */
interface Refusal {
  note: string;
  why: string;
  format: string;
  convertible: boolean;
}

/** Where new pictures go, and what it is called, "" for the library alone; `isUnseen` where the list does not show them. */
interface Destination {
  category: string;
  hashtags: string;
  collection: string;
  name: string;
  isUnseen: boolean;
}

type Take = (files: File[], entry?: HTMLAnchorElement | null) => void;

interface UploadItem extends Refusal {
  file: File;
  name: string;
  to: Destination;
  stop: AbortController;
  extra: Record<string, string>;
  /** Lets go of what was typed into the form, once the server has it. */
  taken: () => void;
  state: string;
  share: number;
  /** Counts up with each that ended; 0 until then. */
  ended: number;
  imageId: number | null;
  /** True once somebody has asked for it to be turned. */
  convert: boolean;
  /** Of its row, as measured; 0 while that was never drawn. */
  height: number;
}

/** A card of refused files, or the name of one of them in it. */
interface RefusedCard extends HTMLElement {
  items?: UploadItem[];
}

/** The row of a file in the tray: which file it shows, and the address of its picture while it is sent. */
interface TrayRow extends HTMLElement {
  item?: UploadItem;
  blob?: string | null;
}

/** A step of the review that can be undone. */
interface ReviewAct {
  id?: string;
  card: import("../static/js/review/card.js").Card;
  accepts?: boolean;
  failed?: boolean;
  back?: () => Promise<unknown>;
  offer?: HTMLElement;
}

/** Words that are typed into a field of a picture: in which tab, their number there, and what was published before. */
interface Typed {
  /** Of a picture; of a form its path. */
  id: string;
  field: string;
  tab: string;
  number: number;
  text: string;
  was: string;
  /** When, in milliseconds of this browser. */
  at: number;
  /** Of a form: the number it was sent with, and what is not known to be taken yet. */
  sent?: number;
}

/** What words/typing.js is told of a field; `place` gives the line beside it. */
interface TypingOptions {
  id: string;
  field: string;
  control: { value: string; focus(): void };
  was: string;
  place: () => HTMLElement;
  saved: (image: ImageJson, sent: string, merged: boolean) => unknown;
  theirs: (text: string) => unknown;
}

/** A field on the page; not free while somebody types into it. */
interface FoundField {
  typing: import("../static/js/words/typing.js").Typing;
  isFree: boolean;
}

type FindField = (id: string, field: string, text: string) => FoundField | null;

/** One picture of the viewer, as templates/images/_strip.html writes it. */
interface ViewerItem {
  id: string;
  name: string;
  note: string;
  alt: string;
  page: string;
  preview: string;
  small: string;
  /** Addresses with their widths in pixels, each wider than the one before. */
  levels: { url: string; width: number }[];
  width: number;
  height: number;
  moves: boolean;
  download?: string;
  bytes?: string;
}

/** What a page with a list of its own tells the viewer: its ids in their order, and how to show one of them afterwards. */
interface ViewerPage {
  ids?: () => (string | number)[];
  back?: (id: string) => unknown;
}

interface ViewerOptions {
  ids?: (string | number)[];
  from?: Element | null;
  list?: string;
  back?: (id: string) => unknown;
}

/** The parts of the viewer while it is open. */
interface Viewer {
  dialog: HTMLDialogElement;
  stage: HTMLElement;
  picture: any;
  zoom: any;
  list: any;
  close: () => void;
}
