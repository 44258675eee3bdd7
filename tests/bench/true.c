// SPDX-License-Identifier: Apache-2.0
/* true: static, and nothing but that, so that what is measured is who starts it. */
int main(void)
{
	return 0;
}
