// A code editor for exercise.js: ceEditor(parent, text, label, changed) gives {get, set}. Tab goes on to
// the buttons, as everywhere else; Enter indents.
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";
import { EditorView, minimalSetup } from "codemirror";

// The page's style sheet says which colours these are, in its light and its dark theme.
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--ce-code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--ce-code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--ce-code-number)" },
  { tag: tags.comment, color: "var(--ce-code-comment)", fontStyle: "italic" },
  { tag: tags.function(tags.definition(tags.variableName)), color: "var(--ce-code-name)" },
]);

window.ceEditor = (parent, text, label, changed) => {
  const view = new EditorView({
    parent,
    doc: text,
    extensions: [
      minimalSetup,
      python(),
      EditorView.lineWrapping,
      indentUnit.of("    "),
      syntaxHighlighting(colours),
      EditorView.contentAttributes.of({ "aria-label": label }),
      EditorView.updateListener.of((update) => update.docChanged && changed(get())),
    ],
  });
  const get = () => view.state.doc.toString();
  return {
    get,
    set: (code) => view.dispatch({ changes: { from: 0, to: get().length, insert: code } }),
  };
};
