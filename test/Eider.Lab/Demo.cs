namespace Eider.Lab;

internal static class Demo
{
    public static int Run(string agent) => throw new LabException($"not yet: {agent}");
}
