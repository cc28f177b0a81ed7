/** What every screen is made of. */

export * from "./button";
export * from "./dialog";
export * from "./fields";
export * from "./list";
export * from "./notice";
export * from "./screen";
