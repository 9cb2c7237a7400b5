// One test at a time: they share the kernel's tables, and counts of descriptors must not see another test's.

global using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]
