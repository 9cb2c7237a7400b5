// Where Enrich finds the host: another root in a container, a made-up tree in tests.

namespace Eider.Core.Enrich;

/// <param name="ProcRoot">procfs of the initial pid namespace.</param>
/// <param name="CgroupRoot">Mount of cgroup v2; null to find it in <c>self/mountinfo</c> of <paramref name="ProcRoot"/>.</param>
/// <param name="PasswdFile">Names of the host's users.</param>
public sealed record HostPaths(string ProcRoot = "/proc", string? CgroupRoot = null, string PasswdFile = "/etc/passwd");
