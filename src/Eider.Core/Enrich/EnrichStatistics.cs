// Enrich's own state in numbers, for status and metrics.

namespace Eider.Core.Enrich;

/// <param name="Processes">Remembered, those that ended included.</param>
/// <param name="EndedProcesses">Of those, in their grace time.</param>
/// <param name="CommandLineOctets">Memory of command lines.</param>
/// <param name="Cgroups">Remembered.</param>
/// <param name="UnresolvedCgroups">Of those, without a path.</param>
/// <param name="Identities">Cached.</param>
/// <param name="ProcessEvictions">Processes forgotten for want of room, since the start.</param>
/// <param name="CgroupEvictions">Cgroups forgotten for want of room, since the start.</param>
/// <param name="UnresolvedOwners">Processes of which only what the socket knew could be told, since the start.</param>
public readonly record struct EnrichStatistics(
    int Processes,
    int EndedProcesses,
    long CommandLineOctets,
    int Cgroups,
    int UnresolvedCgroups,
    int Identities,
    long ProcessEvictions,
    long CgroupEvictions,
    long UnresolvedOwners);
