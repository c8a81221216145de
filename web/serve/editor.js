// The box for SQL: CodeMirror in a shadow root, where its style sheets need no exception from the page's policy.

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { sql, SQLDialect } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { h } from "../shared/dom.js";

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--sql-number)" },
  { tag: [tags.standard(tags.name), tags.typeName], color: "var(--sql-function)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
]);

const theme = EditorView.theme({
  "&": { fontSize: "14px", backgroundColor: "var(--card)", color: "var(--text)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px", borderRadius: "6px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace', lineHeight: "1.55", minHeight: "182px", maxHeight: "44vh", overflow: "auto" },
  ".cm-content": { padding: "12px 0", caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-soft)" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--soft)", border: "0", paddingLeft: "6px" },
  ".cm-placeholder": { color: "var(--soft)" },
  ".cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
  ".cm-wrong": { textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "4px", backgroundColor: "var(--bad-soft)" },
  ".cm-tooltip": { backgroundColor: "var(--card)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "6px", overflow: "hidden" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 10px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--card)" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected] .cm-completionDetail": { color: "var(--card)" },
  ".cm-completionDetail": { color: "var(--soft)", fontStyle: "normal" },
});

// Words that are no names here: "level", "time" and "state" are columns, though other dialects reserve them.
const dialect = SQLDialect.define({
  keywords:
    "select from where group by order having limit offset join left right full inner outer cross semi anti asof on using with recursive as " +
    "distinct all union except intersect case when then else end and or not in is between like ilike exists over partition rows range " +
    "preceding following unbounded current row filter within nulls first last asc desc qualify window values lateral unnest interval " +
    "cast try_cast extract exclude replace summarize describe pivot unpivot tablesample any some collate escape similar to glob at zone",
  builtin:
    "count sum avg min max round floor ceil abs coalesce nullif greatest least date_trunc date_part strftime lower upper trim length substr " +
    "regexp_extract regexp_matches replace concat string_agg list row_number rank dense_rank lag lead first_value last_value median quantile_cont mode now range generate_series",
  types: "integer bigint double decimal varchar text date timestamp boolean hugeint blob",
  doubleDollarQuotedStrings: true,
  operatorChars: "+-*/<>=~!@#%^&|:?",
});

// Text over several marked lines: left to itself, the browser puts a style attribute there, which the page's policy forbids.
const overLines = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to } = view.state.selection.main;
    if (event.inputType !== "insertText" || !event.data || from === to) return false;
    if (view.composing || view.state.doc.lineAt(from).to >= to) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  },
});

// ---- The place of an error, until the text changes

const setWrong = StateEffect.define();
const wrong = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) if (effect.is(setWrong)) return effect.value;
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// The word that begins at a line and column (in characters), or the character there.
function placeOf(doc, line, column) {
  const { from, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const before = [...text].slice(0, column - 1).join("").length;
  const begin = Math.min(from + before, doc.length);
  const word = /^[\p{L}\p{N}_]+|^[^]/u.exec(doc.sliceString(begin, begin + 200));
  return word ? [begin, begin + word[0].length] : [Math.max(0, begin - 1), begin];
}

// A question's name stands for its SQL, where nothing else is there.
function questionSource(questions) {
  return (context) => {
    const word = context.matchBefore(/[\w-]+/);
    if (!word || context.state.sliceDoc(0, word.from).trim()) return null;
    return {
      from: word.from,
      options: questions.map(({ name, summary, sql: text }) => ({
        label: name,
        detail: summary,
        boost: -10,
        apply: (view) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: text.length } }),
      })),
      validFor: /^[\w-]*$/,
    };
  };
}

const empty = (facts) => placeholder(`SELECT … FROM ${facts}; Ctrl+Enter runs it`);

function language({ tables, facts }, questions) {
  const schema = Object.fromEntries(tables.map(({ name, columns }) => [name, columns.map((column) => column.name)]));
  if (schema.users && schema.songplays) schema.users_table = schema.users;
  const words = [...new Set(Object.values(schema).flat())].map((label) => ({ label, type: "property" }));
  const support = sql({ dialect, schema, upperCaseKeywords: true });
  const columns = (context) => {
    const word = context.matchBefore(/\w+/);
    return word && !/\.$/.test(context.state.sliceDoc(0, word.from)) ? { from: word.from, options: words, validFor: /^\w*$/ } : null;
  };
  return [
    empty(facts),
    support,
    support.language.data.of({ autocomplete: columns }),
    support.language.data.of({ autocomplete: questionSource(questions) }),
  ];
}

export class Editor {
  constructor(run) {
    this.place = h("div", { className: "editor" });
    this.words = new Compartment();
    const root = this.place.attachShadow({ mode: "open" });
    const runs = () => (run(), true);
    this.view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        extensions: [
          keymap.of([{ key: "Mod-Enter", run: runs }, { key: "Tab", run: acceptCompletion }]),
          lineNumbers(),
          highlightSpecialChars(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter")]),
          syntaxHighlighting(colours),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "SQL" }),
          overLines,
          wrong,
          theme,
          this.words.of([]),
        ],
      }),
    });
  }

  know(lake, questions) {
    this.view.dispatch({ effects: this.words.reconfigure(language(lake, questions)) });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  set text(text) {
    this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: text } });
  }

  focus() {
    this.view.focus();
  }

  pointAt(line, column) {
    const [from, to] = placeOf(this.view.state.doc, line, column);
    const marks = Decoration.set(from < to ? [Decoration.mark({ class: "cm-wrong" }).range(from, to)] : []);
    this.view.dispatch({ effects: [setWrong.of(marks), EditorView.scrollIntoView(from)], selection: { anchor: from } });
  }

  forgive() {
    this.view.dispatch({ effects: setWrong.of(Decoration.none) });
  }
}
