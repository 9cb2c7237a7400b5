// What the exit code of `eider` means: the one place, which help and the documentation show.

namespace Eider.Cli;

public static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int MissingPrivilege = 3;
    public const int BadInput = 4;
    public const int AgentNotRunning = 5;
    public const int Interrupted = 130;

    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Ok, "done"),
        (Failed, "failed while running"),
        (Usage, "the command line cannot be understood"),
        (MissingPrivilege, "a privilege or kernel feature is missing; `eider doctor` says which"),
        (BadInput, "an input file or the configuration is bad"),
        (AgentNotRunning, "no agent answers; start one with `eider run`"),
        (Interrupted, "interrupted before the work was done"),
    ];
}
