export { default, metadata } from "./[jobType]/page";
