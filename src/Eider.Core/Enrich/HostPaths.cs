// Where Enrich finds the host: another root in a container, a made-up tree in tests.

using Eider.Bpf;

namespace Eider.Core.Enrich;

/// <param name="ProcRoot">procfs of the initial pid namespace.</param>
/// <param name="Cgroups">Mount of cgroup v2, see <see cref="CgroupV2.Find()"/>; without it only the kernel's records tell paths.</param>
/// <param name="PasswdFile">Names of the host's users.</param>
public sealed record HostPaths(string ProcRoot = "/proc", CgroupMount? Cgroups = null, string PasswdFile = "/etc/passwd");
