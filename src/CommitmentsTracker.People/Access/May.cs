using CommitmentsTracker.Domain.Permissions;
using Microsoft.AspNetCore.Authorization;

namespace CommitmentsTracker.People.Access;

/// <summary>
/// Lets in whoever may do this in some forum; what they may do it to is decided where it is known. The one way in which
/// endpoints and pages say who they are for.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class MayAttribute(Act act) : AuthorizeAttribute(PolicyOf(act))
{
    /// <summary>What is done there.</summary>
    public Act Act => act;

    /// <summary>Name of the policy.</summary>
    public static string PolicyOf(Act act) => $"may-{act}";
}

/// <summary>The requirement of <see cref="MayAttribute"/>.</summary>
public sealed record MayRequirement(Act Act) : IAuthorizationRequirement;

/// <summary>Judges it.</summary>
public sealed class MayHandler : AuthorizationHandler<MayRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, MayRequirement requirement)
    {
        if (context.User.Identity?.IsAuthenticated == true && Permission.MaySomewhere(context.User.Rights(), requirement.Act))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }
}
