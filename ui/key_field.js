// The field that a provider's key is pasted into: what is said around it, and that the key leaves it
// at once.
import { by } from "./dom.js";
import { text } from "./texts.js";

// Of providers that are known: their name, how their keys begin, and where a customer finds one.
const known = {
  openai: { name: "OpenAI", prefix: "sk-", where: "https://platform.openai.com/api-keys" },
  anthropic: {
    name: "Anthropic", prefix: "sk-ant-", where: "https://console.anthropic.com/settings/keys" },
  gemini: { name: "Google Gemini", where: "https://aistudio.google.com/apikey" },
};

export const nameOf = (provider) => (Object.hasOwn(known, provider) ? known[provider].name : provider);

// Fills `ID-shape` and `ID-where` for that provider.
export function describeKey(id, provider) {
  const { name, prefix, where } = (Object.hasOwn(known, provider) && known[provider]) || {};
  by(`${id}-shape`).textContent = prefix ? text("shape", { prefix }) : "";
  const link = by(`${id}-where`);
  link.hidden = !where;
  if (where) {
    link.href = where;
    link.textContent = text("where", { provider: name });
  }
}

// What was typed; the field is empty afterwards.
export function takeSecret(field) {
  const secret = field.value.trim();
  field.value = "";
  return secret;
}
